/**
 * Which of two versions is newer: negative when `a` is older, 0 when they are the same. Versions are decimal numbers of
 * one global order (KEP 5504), possibly beyond what a JavaScript number holds; an empty one is older than all.
 */
export function compareVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}
