/** The completion indexes of an Indexed Job, as `status.completedIndexes` writes them: `0,3-5,7`. */
export function formatIndexes(indexes: Iterable<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b)
  const parts: string[] = []
  for (let i = 0; i < sorted.length; ) {
    const first = sorted[i] ?? 0
    let last = first
    while (sorted[++i] === last + 1) last++
    parts.push(last === first ? `${first}` : last === first + 1 ? `${first},${last}` : `${first}-${last}`)
  }
  return parts.join(',')
}

/** Reads indexes below `completions`; what does not parse is left out, as upstream leaves it out. */
export function parseIndexes(text: string | undefined, completions: number): Set<number> {
  const indexes = new Set<number>()
  for (const part of (text ?? '').split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part)
    if (!match) continue
    const first = Number(match[1])
    const last = Math.min(match[2] === undefined ? first : Number(match[2]), completions - 1)
    for (let index = first; index <= last; index++) indexes.add(index)
  }
  return indexes
}
