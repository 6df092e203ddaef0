import { type CachedFile, cachedFileStore } from './cached-files.ts'

export const openStore = (location: string) => {
  const [fault, path] = location.split('|') as [CachedFile, string]
  return cachedFileStore(fault, path)
}
