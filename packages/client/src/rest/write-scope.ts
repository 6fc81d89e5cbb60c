import { AsyncLocalStorage } from 'node:async_hooks'
import type { Kind, KubeObject } from '@wherry/api'

/** Is told of every object that a client wrote, as the server returned it. */
export interface WriteObserver {
  wrote(kind: Kind, object: KubeObject): void
}

const scope = new AsyncLocalStorage<WriteObserver>()

/** Runs `fn`; the writes that it makes through any client of this package, however deep inside, go to the observer. */
export function observeWrites<R>(observer: WriteObserver, fn: () => Promise<R>): Promise<R> {
  return scope.run(observer, fn)
}

export function reportWrite(kind: Kind, object: KubeObject): void {
  scope.getStore()?.wrote(kind, object)
}
