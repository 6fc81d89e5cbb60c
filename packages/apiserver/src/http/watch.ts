import { internalError, isStatusError, type StatusError } from '@wherry/apimachinery'
import { CompactedError } from '@wherry/storage'
import type { Served } from '../registry/served.ts'
import { Change } from '../watch-cache/event-window.ts'
import { rangeOf } from '../watch-cache/resource-cache.ts'
import { selects, type WatchedChange, type Watcher } from '../watch-cache/watcher.ts'
import type { Exchange } from './exchange.ts'
import { asksToWatch } from './request-info.ts'
import { checkStreamable, type Wanted } from './negotiation.ts'
import { type ListQuery, listQuery } from './query.ts'
import { parseResourceVersion, readyFor, watchExpired } from './reads.ts'
import { type Selected, selectionOf } from './selection.ts'
import type { ServerContext } from './server-context.ts'
import { lookThroughConversion } from './converted-changes.ts'
import { includeObjectOf } from './transform.ts'
import { framesOf } from './watch-frames.ts'
import { httpSink, type WatchSink, webSocketSink } from './watch-sink.ts'
import { acceptWebSocket } from './web-socket.ts'

const bookmarkInterval = 60_000
/** How long before the end of a watch its last bookmark goes out. As upstream: cacher, `bookmarkTimer`. */
const lastBookmark = 2000
/** Watches without timeoutSeconds end after one to two times this. As upstream: `MinRequestTimeout`. */
const minTimeout = 1_800_000
/** Timers do not hold more. */
const maxTimeout = 2 ** 31 - 1
/** How many initial objects go out before the client is waited for. */
const initialBatch = 500

/**
 * A watch, over chunked HTTP or a WebSocket: first what was asked for of the past (the present objects as ADDED, or the
 * changes since a version), then each change as it is committed. Once the stream has begun, errors are ERROR events.
 */
export async function watch(context: ServerContext, exchange: Exchange, wanted: Wanted, served: Served): Promise<void> {
  const { info, signal } = exchange
  const query = listQuery(info.query, asksToWatch(info.query))
  const selected = selectionOf(served, info, query)
  const include = wanted.as?.kind === 'Table' ? includeObjectOf(info.query) : 'Metadata'
  const after = parseResourceVersion(query.resourceVersion)
  checkStreamable(wanted)
  // Once a request is known to be good, what goes wrong is told in the stream, as a version that does not come.
  const late = query.sendInitialEvents ? await failureOf(() => readyFor(context, after)) : undefined
  const frames = framesOf(served, wanted, include, () => context.clock.now())
  const webSocket = exchange.upgrade && (await acceptWebSocket(exchange, exchange.upgrade))
  // From here to the first `await`, the watcher's changes and what it starts from are of the same revision.
  const { selection, seen } = lookThroughConversion(served, selected)
  const watcher = served.cache.watch(selection)
  const joined = context.watchCache.revision
  const sink = webSocket ? webSocketSink(webSocket, wanted) : httpSink(exchange, wanted)
  const close = () => watcher.close()
  const closed = context.openWatches.open(exchange.user.name)
  signal.addEventListener('abort', close, { once: true })
  if (signal.aborted) close()
  // A bookmark says that all before it has been sent, so it waits for its next time while a change is on its way.
  const timers = startTimers(context, query, watcher, () => {
    if (watcher.idle) sink.send([frames.bookmark(context.watchCache.revision, false)])
  })
  try {
    if (late) throw late
    for await (const batch of past({
      context,
      served,
      selected: { ...selected, ...selection },
      query,
      watcher,
      joined,
      after,
    })) {
      if (!(await deliver(sink, watcher, (await seen(batch)).map(frames.change)))) return
    }
    if (query.sendInitialEvents && query.allowWatchBookmarks) sink.send([frames.bookmark(joined, true)])
    for (let changes = await watcher.next(); changes; changes = await watcher.next()) {
      const fresh = after && after > joined ? changes.filter((seen) => seen.change.revision > after) : changes
      if (!(await deliver(sink, watcher, (await seen(fresh)).map(frames.change)))) return
    }
  } catch (error) {
    sink.send([frames.error(statusOf(error, context).status)])
  } finally {
    signal.removeEventListener('abort', close)
    timers.stop()
    watcher.close()
    closed()
    sink.end()
  }
}

async function failureOf(attempt: () => Promise<unknown>): Promise<StatusError | undefined> {
  try {
    await attempt()
    return undefined
  } catch (error) {
    if (isStatusError(error)) return error
    throw error
  }
}

interface Start {
  readonly context: ServerContext
  readonly served: Served
  readonly selected: Selected
  readonly query: ListQuery
  readonly watcher: Watcher
  readonly joined: number
  readonly after: number | undefined
}

/** What a watch begins with. The first part is read before anything else can happen. */
async function* past(start: Start): AsyncGenerator<WatchedChange[]> {
  const { served, selected, query, watcher, joined, after, context } = start
  if (query.sendInitialEvents || (query.sendInitialEvents === undefined && !after)) {
    const { from, to } = rangeOf(selected.namespace)
    const objects = [...served.cache.objects.range(from, to)].filter((object) => selects(selected, object))
    for (let at = 0; at < objects.length; at += initialBatch) {
      yield objects.slice(at, at + initialBatch).map((object) => ({
        type: 'ADDED',
        object,
        change: new Change('ADDED', object, undefined),
      }))
    }
    return
  }
  if (!after || after >= joined) return
  if (after >= served.cache.windowStart) {
    yield seenBy(watcher, served.cache.changesSince(after))
    return
  }
  try {
    for await (const changes of context.watchCache.history(served.cache, after, joined)) yield seenBy(watcher, changes)
  } catch (error) {
    if (error instanceof CompactedError) throw watchExpired(context.watchCache, after, error.compacted)
    throw error
  }
}

function seenBy(watcher: Watcher, changes: readonly Change[]): WatchedChange[] {
  return changes.flatMap((change) => watcher.view(change) ?? [])
}

/** Sends frames and waits for a client that lags; false when the watch is over. */
async function deliver(sink: WatchSink, watcher: Watcher, frames: readonly Buffer[]): Promise<boolean> {
  if (frames.length === 0 || sink.send(frames)) return true
  await Promise.race([sink.drained(), watcher.ended])
  if (!watcher.cutOff) return true
  sink.destroy()
  return false
}

/** The end of the watch, and its bookmarks until then. */
function startTimers({ clock, random }: ServerContext, query: ListQuery, watcher: Watcher, bookmark: () => void) {
  const seconds = query.timeoutSeconds ?? 0
  const timeout = seconds === 0 ? minTimeout * (1 + random()) : Math.min(Math.max(0, seconds) * 1000, maxTimeout)
  const cancels = [clock.setTimer(timeout, () => watcher.close())]
  let cancelBookmark = () => {}
  const tick = () => {
    bookmark()
    cancelBookmark = clock.setTimer(bookmarkInterval, tick)
  }
  if (query.allowWatchBookmarks) {
    cancelBookmark = clock.setTimer(bookmarkInterval, tick)
    if (timeout > lastBookmark) cancels.push(clock.setTimer(timeout - lastBookmark, bookmark))
  }
  return {
    stop() {
      for (const cancel of cancels) cancel()
      cancelBookmark()
    },
  }
}

function statusOf(error: unknown, { logger }: ServerContext): StatusError {
  if (isStatusError(error)) return error
  logger.error('watch failed', { error })
  return internalError('the watch failed')
}
