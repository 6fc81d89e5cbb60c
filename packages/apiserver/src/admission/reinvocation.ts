import type { KubeObject } from '@wherry/api'
import { deepClone, semanticEqual } from '@wherry/apimachinery'

/**
 * The second round of mutating plugins, which runs once more where a webhook or a policy has changed what those before
 * it saw. As upstream: admission/reinvocation.go.
 */
export class Reinvocation {
  readonly #rounds = new Map<string, Invocations>()
  #requested = false
  #running = false

  /** True while the second round runs. */
  get running(): boolean {
    return this.#running
  }

  /** Asks for a second round. */
  request(): void {
    this.#requested = true
  }

  /** Whether a second round is to be run, which begins with this. */
  begin(): boolean {
    this.#running = this.#requested
    return this.#running
  }

  /** What a plugin has invoked for this request, in both rounds. */
  of(plugin: string): Invocations {
    const known = this.#rounds.get(plugin) ?? new Invocations(this)
    this.#rounds.set(plugin, known)
    return known
  }
}

/** Which of a plugin's webhooks, or policies, are to be invoked again. As upstream: `webhookReinvokeContext`. */
export class Invocations {
  readonly #reinvocation: Reinvocation
  /** Those of the first round that want to be invoked again if the object changes after them. */
  #invoked = new Set<string>()
  readonly #again = new Set<string>()
  #output: KubeObject | undefined

  constructor(reinvocation: Reinvocation) {
    this.#reinvocation = reinvocation
  }

  /** Before the first: other plugins may have changed the object since the last. */
  begin(object: KubeObject | undefined): void {
    if (this.#reinvocation.running && !semanticEqual(this.#output, object)) this.#invokeAgain()
  }

  /** Whether it is this one's turn: the second round leaves out whom the first has not invoked. */
  isDue(key: string): boolean {
    return !this.#reinvocation.running || this.#again.has(key)
  }

  /** After each of them. */
  done(key: string, { changed, reinvocable }: { changed: boolean; reinvocable: boolean }): void {
    if (changed) {
      this.#invokeAgain()
      this.#reinvocation.request()
    }
    if (reinvocable) this.#invoked.add(key)
  }

  /** After the last. */
  end(object: KubeObject | undefined): void {
    this.#output = object && deepClone(object)
  }

  #invokeAgain(): void {
    for (const key of this.#invoked) this.#again.add(key)
    this.#invoked = new Set()
  }
}
