/**
 * Lines up cells as kubectl's tables do: columns at least six wide, three spaces apart, the last one not padded. Widths are
 * kept from one flush to the next, so that the rows of a watch stay in line. As liggitt/tabwriter with RememberWidths.
 */
export class TabWriter {
  readonly #write: (text: string) => void
  readonly #minimum: number
  readonly #padding: number
  #widths: number[] = []
  #rows: string[][] = []

  constructor(write: (text: string) => void, { minimum = 6, padding = 3 } = {}) {
    this.#write = write
    this.#minimum = minimum
    this.#padding = padding
  }

  row(cells: readonly string[]): void {
    this.#rows.push([...cells])
  }

  /** Writes the rows so far. */
  flush(): void {
    for (const row of this.#rows) {
      row.slice(0, -1).forEach((cell, at) => {
        const width = Math.max(this.#minimum, widthOf(cell) + this.#padding)
        this.#widths[at] = Math.max(this.#widths[at] ?? 0, width)
      })
    }
    const lines = this.#rows.map((row) =>
      row
        .map((cell, at) => (at === row.length - 1 ? cell : cell + ' '.repeat((this.#widths[at] ?? 0) - widthOf(cell))))
        .join(''),
    )
    this.#rows = []
    if (lines.length > 0) this.#write(`${lines.join('\n')}\n`)
  }
}

/** How many characters a text has, as Go counts runes. */
function widthOf(text: string): number {
  return [...text].length
}

/**
 * Lines up text whose cells are ended by tabs, as Go's text/tabwriter does: a column is as wide as the widest of its cells
 * in neighbouring lines that all have that cell. Used for describe, whose blocks of lines have columns of their own.
 */
export function elasticTabs(text: string, { minimum = 0, padding = 2 } = {}): string {
  const lines = text.split('\n').map((line) => line.split('\t'))
  const widths = lines.map((): number[] => [])
  const columns = Math.max(...lines.map((cells) => cells.length))
  for (let column = 0; column < columns - 1; column++) {
    for (let start = 0; start < lines.length; start++) {
      if ((lines[start]?.length ?? 0) - 1 <= column) continue
      let end = start
      let width = 0
      for (; end < lines.length && (lines[end]?.length ?? 0) - 1 > column; end++) {
        const cell = widthOf(lines[end]?.[column] ?? '')
        width = Math.max(width, minimum, cell + padding)
      }
      for (let at = start; at < end; at++) {
        const row = widths[at]
        if (row) row[column] = width
      }
      start = end - 1
    }
  }
  return lines
    .map((cells, at) =>
      cells
        .map((cell, column) =>
          column === cells.length - 1
            ? cell
            : cell + ' '.repeat(Math.max(0, (widths[at]?.[column] ?? 0) - widthOf(cell))),
        )
        .join(''),
    )
    .join('\n')
}
