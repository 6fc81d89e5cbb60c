import { badRequest } from '@wherry/apimachinery'

/** Where the next page of a list begins; a revision of -1 stands for the latest. */
export interface ContinueToken {
  readonly revision: number
  /** The first key that may be on the page. */
  readonly start: string
}

const tokenVersion = 'meta.k8s.io/v1'

/** As upstream: storage/continue.go. */
export function encodeContinue({ revision, start }: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: tokenVersion, rv: revision, start })).toString('base64url')
}

/** Throws 400 for what is no token of this server. */
export function decodeContinue(text: string): ContinueToken {
  const { v, rv, start } = parse(text)
  const refuse = (problem: string) => badRequest(`invalid continue token: continue key is not valid: ${problem}`)
  if (v !== tokenVersion) throw refuse(`server does not recognize this encoded version ${String(v)}`)
  if (typeof rv !== 'number' || rv === 0)
    throw refuse(`incorrect encoded start resourceVersion (version ${tokenVersion})`)
  if (typeof start !== 'string' || start === '') throw refuse(`encoded start key empty (version ${tokenVersion})`)
  return { revision: rv, start }
}

function parse(text: string): { v?: unknown; rv?: unknown; start?: unknown } {
  try {
    if (/^[A-Za-z0-9_-]+$/.test(text)) return Object(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
  } catch (cause) {
    throw badRequest(
      `invalid continue token: continue key is not valid: ${cause instanceof Error ? cause.message : ''}`,
      { cause },
    )
  }
  throw badRequest('invalid continue token: continue key is not valid: illegal base64 data')
}
