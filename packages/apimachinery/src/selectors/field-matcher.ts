import { compareUtf8 } from '../meta/deep.ts'

export interface FieldRequirement {
  readonly field: string
  readonly operator: '=' | '!='
  readonly value: string
}

/** A compiled field selector such as `spec.nodeName=a,status.phase!=Failed`. */
export interface FieldMatcher {
  readonly requirements: readonly FieldRequirement[]
  /** `get` gives a field's value; an absent one counts as empty text. */
  matches(get: (field: string) => string | undefined): boolean
  /** Whether it matches everything. */
  readonly empty: boolean
  /** The value that the field must have, where the selector says so. */
  exact(field: string): string | undefined
  toString(): string
}

/** Throws with upstream's message where the text is no selector. As upstream: fields, `ParseSelector`. */
export function parseFieldSelector(text: string): FieldMatcher {
  const requirements = terms(text)
    .sort(compareUtf8)
    .filter((term) => term !== '')
    .map((term) => parseTerm(term, text))
  return fieldMatcher(requirements)
}

/** The selector of these requirements. */
export function fieldMatcher(requirements: readonly FieldRequirement[]): FieldMatcher {
  return {
    requirements,
    empty: requirements.length === 0,
    matches: (get) =>
      requirements.every(({ field, operator, value }) => ((get(field) ?? '') === value) === (operator === '=')),
    exact: (field) => requirements.find((one) => one.field === field && one.operator === '=')?.value,
    toString: () => requirements.map(({ field, operator, value }) => field + operator + escapeValue(value)).join(','),
  }
}

/** A value as it stands in a selector: backslash, comma and equals sign are escaped. */
export function escapeValue(value: string): string {
  return value.replace(/[\\,=]/g, '\\$&')
}

/** Split at commas that no backslash stands before. */
function terms(text: string): string[] {
  const found: string[] = []
  let start = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === ',') {
      found.push(text.slice(start, i))
      start = i + 1
    }
  }
  found.push(text.slice(start))
  return found
}

function parseTerm(term: string, whole: string): FieldRequirement {
  const match = /^(.*?)(!=|==|=)(.*)$/s.exec(term)
  if (!match) throw new Error(`invalid selector: '${whole}'; can't understand '${term}'`)
  const [, field = '', operator, value = ''] = match
  return { field, operator: operator === '!=' ? '!=' : '=', value: unescapeValue(value) }
}

function unescapeValue(value: string): string {
  return value.replace(/\\(.?)|[,=]/gsu, (found, escaped?: string) => {
    if (escaped === undefined) {
      throw new Error(`invalid field selector: unescaped character in value: ${found.charCodeAt(0)}`)
    }
    if (escaped !== '\\' && escaped !== ',' && escaped !== '=') {
      throw new Error(`invalid field selector: invalid escape sequence: ${found}`)
    }
    return escaped
  })
}
