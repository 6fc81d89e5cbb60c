/** A binary heap whose items can be found, replaced and removed by key. */
export class Heap<T> {
  readonly #items: T[] = []
  readonly #positions = new Map<string, number>()
  readonly #keyOf: (item: T) => string
  readonly #before: (a: T, b: T) => boolean

  /** `before` says which of two items comes out first. */
  constructor(keyOf: (item: T) => string, before: (a: T, b: T) => boolean) {
    this.#keyOf = keyOf
    this.#before = before
  }

  get size(): number {
    return this.#items.length
  }

  get(key: string): T | undefined {
    const position = this.#positions.get(key)
    return position === undefined ? undefined : this.#items[position]
  }

  peek(): T | undefined {
    return this.#items[0]
  }

  /** Adds an item, or replaces the one with its key. */
  set(item: T): void {
    const known = this.#positions.get(this.#keyOf(item))
    const position = known ?? this.#items.length
    this.#place(item, position)
    this.#down(this.#up(position))
  }

  pop(): T | undefined {
    const [first] = this.#items
    if (first !== undefined) this.delete(this.#keyOf(first))
    return first
  }

  delete(key: string): T | undefined {
    const position = this.#positions.get(key)
    if (position === undefined) return undefined
    const item = this.#items[position]
    const last = this.#items.pop()
    this.#positions.delete(key)
    if (last !== undefined && position < this.#items.length) {
      this.#place(last, position)
      this.#down(this.#up(position))
    }
    return item
  }

  #place(item: T, position: number): void {
    this.#items[position] = item
    this.#positions.set(this.#keyOf(item), position)
  }

  #isBefore(a: number, b: number): boolean {
    const x = this.#items[a]
    const y = this.#items[b]
    return x !== undefined && y !== undefined && this.#before(x, y)
  }

  #swap(a: number, b: number): void {
    const x = this.#items[a]
    const y = this.#items[b]
    if (x === undefined || y === undefined) return
    this.#place(y, a)
    this.#place(x, b)
  }

  #up(start: number): number {
    let position = start
    while (position > 0) {
      const parent = (position - 1) >> 1
      if (!this.#isBefore(position, parent)) break
      this.#swap(position, parent)
      position = parent
    }
    return position
  }

  #down(start: number): void {
    let position = start
    for (;;) {
      const left = 2 * position + 1
      const child = this.#isBefore(left + 1, left) ? left + 1 : left
      if (!this.#isBefore(child, position)) return
      this.#swap(position, child)
      position = child
    }
  }
}
