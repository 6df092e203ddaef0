import { type FileFault, faultyFileStore } from './file-faults.ts'

export const openStore = (location: string) => {
  const [fault, path] = location.split('|') as [FileFault, string]
  return faultyFileStore(fault, path)
}
