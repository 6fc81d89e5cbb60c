import type { UserInfo } from '../registry/resource.ts'
import type { TokenAuthenticator } from './token-authenticator.ts'

/**
 * The users of a static token file: lines of `token,user,uid,"group1,group2"` in CSV. Throws for a line with fewer than
 * three columns; of a token that stands there twice, the last line counts (upstream `token/tokenfile/tokenfile.go`).
 */
export function parseTokenFile(text: string, path: string): ReadonlyMap<string, UserInfo> {
  const users = new Map<string, UserInfo>()
  for (const line of text.split(/\r?\n/)) {
    if (line === '') continue
    const columns = columnsOf(line)
    const [token = '', name = '', uid = '', groups = ''] = columns
    if (columns.length < 3) {
      throw new Error(
        `token file '${path}' must have at least 3 columns (token, user name, user uid), found ${columns.length}`,
      )
    }
    if (token !== '') users.set(token, { name, uid, groups: groups === '' ? [] : groups.split(',') })
  }
  return users
}

/** A line of CSV: a column in quotes may hold commas, and doubled quotes for one. */
function columnsOf(line: string): string[] {
  const columns: string[] = []
  for (const [, quoted, plain] of `,${line}`.matchAll(/,(?:[ \t]*"((?:[^"]|"")*)"[ \t]*|([^,]*))/g)) {
    columns.push(quoted === undefined ? (plain ?? '').trim() : quoted.replaceAll('""', '"'))
  }
  return columns
}

/** Tokens of `--token-auth-file`, which are for any audience and never end. */
export function newTokenFileAuthenticator(users: ReadonlyMap<string, UserInfo>): TokenAuthenticator {
  return {
    async authenticateToken(token, audiences) {
      const user = users.get(token)
      return user && { user, audiences }
    },
  }
}
