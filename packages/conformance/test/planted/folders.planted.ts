// Whether a folder can keep archives is asked before retention begins, and not when the first run is due.
import { changed, plant } from './plant.ts'

plant(
  'a folder that keeps nothing is found out when the first run is due',
  'asks its folder before it begins, also when no run is due',
  'retention',
  (store) =>
    changed(store, () => ({}), {
      retention: {
        ...store.retention,
        apply: (policy, { folder, ...options } = {}) =>
          store.retention.apply(policy, {
            ...options,
            folder: folder && { keep: (archive, compressed) => folder.keep(archive, compressed) },
          }),
      },
    }),
)
