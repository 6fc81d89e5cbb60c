/** Lets those who write the same key go one after another. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** Runs `work` when all that was begun for the key before has ended. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    let end = () => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    this.#last.set(key, ended)
    try {
      await before
      return await work()
    } finally {
      if (this.#last.get(key) === ended) this.#last.delete(key)
      end()
    }
  }
}
