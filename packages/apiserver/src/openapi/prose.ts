import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

export interface TypeProse {
  readonly text?: string
  readonly fields?: Readonly<Record<string, string>>
}

/** What a type and its fields are for, by the type's name in the field table; empty where nothing is known. */
export type Prose = (type: string) => TypeProse

const none: Prose = () => ({})

/**
 * Reads the file that `generator/descriptions.mjs` writes at build time, for as long as the result is held: nobody
 * keeps it. A file that is not there, or not what it should be, leaves the documents without prose.
 */
export function readProse(file: string | undefined): Prose {
  if (file === undefined) return none
  let table: unknown
  try {
    table = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8'))
  } catch (error) {
    if (isMissing(error)) return none
    throw new Error(`${file} is not a file of API descriptions; build again`, { cause: error })
  }
  if (typeof table !== 'object' || table === null) return none
  const types = new Map<string, unknown>(Object.entries(table))
  return (type) => {
    const name = modelNames(type).find((one) => types.has(one))
    return name === undefined ? {} : readEntry(types.get(name))
  }
}

/** What a type may be called there: its group stands in front where two groups have a kind of this name. */
function modelNames(type: string): string[] {
  const [kind = '', version = '', group = ''] = type.toLowerCase().split('.').reverse()
  return [`${group}${version}${kind}`, `${version}${kind}`]
}

/** An entry is the type's text, then a map from fields to theirs. */
function readEntry(entry: unknown): TypeProse {
  if (!Array.isArray(entry)) return {}
  const [text, fields]: unknown[] = entry
  return {
    ...(typeof text === 'string' && text !== '' ? { text } : {}),
    ...(isTexts(fields) ? { fields } : {}),
  }
}

function isTexts(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.values(value).every((one) => typeof one === 'string')
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
