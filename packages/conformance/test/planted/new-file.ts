import { temporaryFile } from '../../src/temporary-file.ts'

/** A path of its own, for as long as the test runs. */
export const newFile = temporaryFile
