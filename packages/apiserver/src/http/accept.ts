/** One alternative of an `Accept` header. */
export interface AcceptClause {
  readonly type: string
  readonly subtype: string
  readonly quality: number
  /** Without `q`. */
  readonly parameters: ReadonlyMap<string, string>
}

const noParameters: ReadonlyMap<string, string> = new Map()

/**
 * The clauses of an `Accept` header, best first. What is no clause is left out, and nothing is refused: case counts,
 * quotes stand for themselves, and a parameter without a value is none. As upstream: munnerz/goautoneg, `ParseAccept`,
 * with its order, in which a named type may come before a wildcard of higher quality.
 */
export function parseAccept(header: string): AcceptClause[] {
  const clauses: AcceptClause[] = []
  for (const part of header.split(',')) {
    const [range = '', ...rest] = trim(part).split(';')
    const [type = '', subtype, ...more] = range.split('/').map(trim)
    if (more.length > 0 || (!subtype && type !== '*')) continue
    let quality = 1
    let parameters = noParameters
    if (rest.length > 0) {
      const found = new Map<string, string>()
      for (const parameter of rest) {
        const [name = '', value = '', ...others] = parameter.split('=')
        if (value === '' || others.length > 0) continue
        if (trim(name) === 'q') quality = qualityOf(value)
        else found.set(trim(name), trim(value))
      }
      parameters = found
    }
    insert(clauses, { type, subtype: subtype || '*', quality, parameters })
  }
  return clauses
}

const trim = (text: string): string => text.replace(/^ +| +$/g, '')

/** What is no number counts as nothing. */
function qualityOf(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : 0
}

/** Go sorts few items by insertion, and `before` is no order in which others would come to the same. */
function insert(clauses: AcceptClause[], clause: AcceptClause): void {
  clauses.push(clause)
  for (let at = clauses.length - 1; at > 0; at--) {
    const [left, right] = [clauses[at - 1], clauses[at]]
    if (!left || !right || !before(right, left)) return
    clauses[at - 1] = right
    clauses[at] = left
  }
}

function before(a: AcceptClause, b: AcceptClause): boolean {
  if (a.quality > b.quality) return true
  if (a.type !== '*' && b.type === '*') return true
  return a.subtype !== '*' && b.subtype === '*'
}
