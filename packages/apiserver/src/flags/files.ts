import { readFile } from 'node:fs/promises'
import { UserError } from '@wherry/component-base'

/** The file that a flag names; throws `UserError` where it cannot be read. */
export async function readFlagFile(flag: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    throw new UserError(`--${flag}: ${path} cannot be read (${code})`, { cause })
  }
}

/** Undefined where the flag was not given. */
export async function readOptionalFile(flag: string, path: string | undefined): Promise<string | undefined> {
  return path === undefined || path === '' ? undefined : readFlagFile(flag, path)
}
