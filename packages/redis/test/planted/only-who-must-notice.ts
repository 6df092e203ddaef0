import { beforeEach } from 'vitest'
import { faultIn, noticedBy } from './noticed-by.ts'

// Others may fail too, for any reason.
beforeEach(({ task, skip }) => {
  const title = noticedBy[faultIn(task.file.filepath)]
  skip(title !== undefined && task.name !== title, 'is not the one that must notice')
})
