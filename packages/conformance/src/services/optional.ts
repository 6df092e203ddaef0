/** A package that only some users of the services need. Rejects with how to have it. */
export async function optional<T>(load: () => Promise<T>, name: string): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new Error(`the package ${name} is not installed (npm install --save-dev ${name})`, { cause })
  }
}
