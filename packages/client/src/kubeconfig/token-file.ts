import { readFileSync } from 'node:fs'
import type { Clock } from '@wherry/component-base'

/** As client-go's cached file token source: tokens in files are renewed, so they are read again every minute. */
const periodMs = 60_000

/** The file's token, read when it is first asked for. While the file cannot be read, the last token is kept. */
export function tokenFromFile(path: string, clock: Clock): () => string {
  let token: string | undefined
  let readAt = 0
  return () => {
    if (token !== undefined && clock.now() - readAt < periodMs) return token
    try {
      const text = readFileSync(path, 'utf8').trim()
      if (text === '') throw new Error(`read empty token from file "${path}"`)
      token = text
      readAt = clock.now()
      return text
    } catch (cause) {
      if (token === undefined) throw new Error(`failed to read token file "${path}"`, { cause })
      return token
    }
  }
}
