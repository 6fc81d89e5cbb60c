const maxSnippetLength = 16384
const maxErrors = 100

/** A place in an expression: line from 1, column from 0, in code points. */
export interface Location {
  line: number
  column: number
}

export const noLocation: Location = { line: -1, column: -1 }

/** What is wrong with an expression, and where. */
export interface CelIssue {
  message: string
  location: Location
}

/** The text of an expression as code points. */
export class Source {
  readonly text: string
  readonly codePoints: readonly string[]
  readonly #lineStarts: number[] = [0]

  constructor(text: string) {
    this.text = text
    this.codePoints = [...text]
    for (let i = 0; i < this.codePoints.length; i++) if (this.codePoints[i] === '\n') this.#lineStarts.push(i + 1)
  }

  locationOf(offset: number | undefined): Location {
    if (offset === undefined) return noLocation
    let line = this.#lineStarts.length - 1
    while (line > 0 && (this.#lineStarts[line] ?? 0) > offset) line--
    return { line: line + 1, column: offset - (this.#lineStarts[line] ?? 0) }
  }

  snippet(line: number): string | undefined {
    const start = this.#lineStarts[line - 1]
    if (start === undefined) return undefined
    const next = this.#lineStarts[line]
    return this.codePoints.slice(start, next === undefined ? undefined : next - 1).join('')
  }
}

/** One issue as cel-go prints it: `ERROR: <input>:1:6: …` with the line and a marker below it. */
export function formatIssue(issue: CelIssue, source: Source): string {
  const { line, column } = issue.location
  let result = `ERROR: <input>:${line}:${column + 1}: ${issue.message}`
  const found = source.snippet(line)
  if (found === undefined || Buffer.byteLength(found) > maxSnippetLength) return result
  const snippet = found.replaceAll('\t', ' ')
  const points = [...snippet]
  const wide = (point: string | undefined): boolean => point !== undefined && (point.codePointAt(0) ?? 0) > 0x7f
  let marker = ''
  for (let i = 0; i < column && i < points.length; i++) marker += wide(points[i]) ? '\uff0e' : '.'
  marker += wide(points[Math.max(column, 0)]) ? '\uff3e' : '^'
  result += `\n | ${snippet}\n | ${marker}`
  return result
}

/** All issues in the order of their places, cut off after a hundred, as cel-go's `Errors.ToDisplayString`. */
export function formatIssues(issues: readonly CelIssue[], source: Source): string {
  const lines = issues
    .slice(0, maxErrors)
    .toSorted((a, b) => a.location.line - b.location.line || a.location.column - b.location.column)
    .map((issue) => formatIssue(issue, source))
  if (issues.length > maxErrors) lines.push(`${issues.length - maxErrors} more errors were truncated`)
  return lines.join('\n')
}
