import { goQuote, parseDuration } from '@wherry/apimachinery'
import type { Flag, FlagValue } from './flags.ts'

/** Splits one line of comma-separated values, quotes respected, as encoding/csv does. */
export function splitCSV(line: string): string[] {
  if (line === '') return []
  const fields: string[] = []
  let at = 0
  for (;;) {
    if (line[at] === '"') {
      let field = ''
      at++
      while (at < line.length) {
        if (line[at] === '"' && line[at + 1] === '"') {
          field += '"'
          at += 2
        } else if (line[at] === '"') break
        else field += line[at++]
      }
      fields.push(field)
      at = line.indexOf(',', at)
    } else {
      const comma = line.indexOf(',', at)
      fields.push(line.slice(at, comma === -1 ? undefined : comma))
      at = comma
    }
    if (at === -1) return fields
    at++
  }
}

const truths = new Map<string, boolean>([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((text) => [text, false] as const),
])

/** One given text of a flag as a value; throws in the words of Go's strconv and time. */
export function parseValue(flag: Flag, text: string): FlagValue {
  switch (flag.type) {
    case 'boolean': {
      const truth = truths.get(text)
      if (truth === undefined) throw new Error(`strconv.ParseBool: parsing ${goQuote(text)}: invalid syntax`)
      return truth
    }
    case 'int':
      if (!/^[+-]?\d+$/.test(text)) throw new Error(`strconv.ParseInt: parsing ${goQuote(text)}: invalid syntax`)
      return Number(text)
    case 'duration':
      return parseDuration(text)
    case 'strings':
      return splitCSV(text)
    case 'array':
      return [text]
    case 'string':
      return text
  }
}

/** The value of a flag that was not given. */
export function defaultValue(flag: Flag): FlagValue {
  if (flag.default !== undefined) return parseValue(flag, flag.default)
  switch (flag.type) {
    case 'boolean':
      return false
    case 'int':
    case 'duration':
      return 0
    case 'strings':
    case 'array':
      return []
    case 'string':
      return ''
  }
}
