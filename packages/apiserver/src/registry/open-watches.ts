/** Who watches: how many watches each user has open. */
export class OpenWatches {
  readonly #counts = new Map<string, number>()

  has(user: string): boolean {
    return this.#counts.has(user)
  }

  /** Counts a watch until the function that comes back is called. */
  open(user: string): () => void {
    this.#counts.set(user, (this.#counts.get(user) ?? 0) + 1)
    return () => {
      const left = (this.#counts.get(user) ?? 0) - 1
      if (left > 0) this.#counts.set(user, left)
      else this.#counts.delete(user)
    }
  }
}
