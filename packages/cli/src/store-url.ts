import { resolve } from 'node:path'
import { UsageError } from './usage-error.ts'

/** The kind of a store, and what follows it in its URL. */
export function splitUrl(url: string) {
  const [, scheme = '', location = ''] = /^([a-z][a-z0-9+.-]+):(.*)$/s.exec(url) ?? []
  return { scheme, location }
}

/** What follows `sqlite:` is a plain path. Nothing in it is decoded: `%`, `#`, `?` and spaces stand for themselves. */
export function sqlitePath(location: string, cwd: string): string {
  if (location === ':memory:') return location
  if (location === '') throw new UsageError('sqlite: needs a path', 'As in sqlite:./consensus.db')
  if (/^\/\/[^/]/.test(location)) {
    throw new UsageError(
      `sqlite:${location} could mean two files`,
      `Write sqlite:${location.slice(2)} for a path from here, or sqlite:${location.slice(1)} for one from the root`,
    )
  }
  return resolve(cwd, location)
}

/** What follows `postgres:` is the rest of a URL. `schema` in its query is ours, everything else the driver's. */
export function postgresOptions(location: string): { url: string; schema?: string } {
  const given = `postgres:${location}`
  if (!location.startsWith('//') || !URL.canParse(given)) {
    throw new UsageError('postgres: needs the rest of a URL', 'As in postgres://user@host:5432/database')
  }
  const url = new URL(given)
  const schema = url.searchParams.get('schema')
  if (schema === null) return { url: given }
  url.searchParams.delete('schema')
  return { url: url.href, schema }
}

/** A text in which no URL of a server shows its password. Rather too much of a line is hidden than too little. */
export const withoutPasswords = (text: string): string =>
  text
    .replace(/(\b(?!sqlite:)[a-z][a-z0-9+.-]*:\/\/[^\s/?#@:]*:).*(?=@)/gi, '$1***')
    .replace(/([?&][a-z]*password=)[^&#\s"']*/gi, '$1***')
