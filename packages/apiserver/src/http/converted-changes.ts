import type { Served } from '../registry/served.ts'
import { selects, type Selection, type WatchedChange } from '../watch-cache/watcher.ts'

/**
 * How a watch sees objects that others convert. The cache cannot select by what it does not know yet: it gives all
 * changes, and `seen` picks those that match once they are converted. For all other resources the cache selects.
 */
export function lookThroughConversion(
  served: Served,
  selected: Selection,
): { selection: Selection; seen(changes: readonly WatchedChange[]): Promise<readonly WatchedChange[]> } {
  const { prepare } = served
  if (!prepare) return { selection: selected, seen: async (changes) => changes }
  const selection = { namespace: selected.namespace, name: selected.name, matches: undefined }
  return {
    selection,
    async seen(changes) {
      await prepare(changes.flatMap(({ object, change: { previous } }) => (previous ? [object, previous] : [object])))
      const visible = changes.flatMap((one) => view(one, selected, served) ?? [])
      await prepare(visible.map(({ object }) => object))
      return visible
    },
  }
}

function view(seen: WatchedChange, selected: Selection, { cache }: Served): WatchedChange | undefined {
  const { change, object } = seen
  const now = seen.type !== 'DELETED' && selects(selected, object)
  const before = change.previous !== undefined && selects(selected, change.previous)
  if (now) return { ...seen, type: before ? 'MODIFIED' : 'ADDED' }
  return before ? { ...seen, type: 'DELETED', object: change.tombstone(cache.entomb) } : undefined
}
