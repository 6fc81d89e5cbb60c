import { AsyncLocalStorage } from 'node:async_hooks'
import type { Kind, KubeObject } from '@wherry/api'

/** Is told of what a client wrote. */
export interface WriteObserver {
  /** The object as the server returned it, with the version of the write. */
  wrote(kind: Kind, object: KubeObject): void
  /** The server only said that it is gone; `uid` is undefined where the server did not say it. */
  deleted(kind: Kind, key: string, uid: string | undefined): void
}

const scope = new AsyncLocalStorage<WriteObserver>()

/** Runs `fn`; the writes that it makes through any client of this package, however deep inside, go to the observer. */
export function observeWrites<R>(observer: WriteObserver, fn: () => Promise<R>): Promise<R> {
  return scope.run(observer, fn)
}

/** The observer of the code that runs now, if anyone observes it. */
export function writeObserver(): WriteObserver | undefined {
  return scope.getStore()
}
