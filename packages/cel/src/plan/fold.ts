import { canonicalKey, KeyedMap } from '../values/map.ts'
import { ArrayList, CelFailure, CelList, CelMap, typeOf, type Value } from '../values/value.ts'
import { type Frame, type Run, Unread } from './frame.ts'

/** A list that a fold appends to: nobody else has it until the fold is done. */
class GrowingList extends ArrayList {
  readonly #items: Value[]

  constructor() {
    const items: Value[] = []
    super(items)
    this.#items = items
  }

  override concat(other: CelList): Value {
    for (const item of other) this.#items.push(item)
    return this
  }

  done(): ArrayList {
    return new ArrayList(this.#items)
  }
}

/** A map that a fold inserts into. */
export class GrowingMap extends KeyedMap {
  readonly #entries: Map<string, readonly [Value, Value]>

  constructor() {
    const entries = new Map<string, readonly [Value, Value]>()
    super(entries)
    this.#entries = entries
  }

  override with(key: Value, value: Value): CelMap | CelFailure {
    const canonical = canonicalKey(key)
    if (canonical === undefined || this.#entries.has(canonical)) return super.with(key, value)
    this.#entries.set(canonical, [key, value])
    return this
  }

  done(): KeyedMap {
    return new KeyedMap(this.#entries)
  }
}

export interface FoldPlan {
  range: Run
  init: Run
  condition: Run
  step: Run
  result: Run
  /** Slots of the accumulator and of the variables. */
  accu: number
  first: number
  second: number | undefined
}

/** Reads an accumulator. */
export function readAccumulator(frame: Frame, slot: number): Value {
  const { accumulators } = frame
  const value = accumulators[slot] ?? null
  if (!(value instanceof Unread)) return value
  const initial = value.init(frame)
  const growing =
    initial instanceof CelList && initial.size === 0
      ? new GrowingList()
      : initial instanceof CelMap && initial.size === 0
        ? new GrowingMap()
        : initial
  accumulators[slot] = growing
  return growing
}

/** Runs a comprehension: the condition may end it, each step makes the next accumulator. */
export function fold(plan: FoldPlan, frame: Frame): Value {
  const { accumulators } = frame
  const range = plan.range(frame)
  if (range instanceof CelFailure) return range
  if (!(range instanceof CelList || range instanceof CelMap)) {
    return new CelFailure(`got '${goTypeName(range)}', expected iterable type`)
  }
  // A comprehension inside itself (the step of another) must not see the outer one's values.
  const outer = accumulators[plan.accu]
  accumulators[plan.accu] = new Unread(plan.init)
  for (const [first, second] of entries(range, plan.second !== undefined)) {
    frame.slots[plan.first] = first
    if (plan.second !== undefined) frame.slots[plan.second] = second
    const condition = plan.condition(frame)
    if (condition === false) break
    accumulators[plan.accu] = plan.step(frame)
  }
  const result = plan.result(frame)
  if (outer === undefined) delete accumulators[plan.accu]
  else accumulators[plan.accu] = outer
  return result instanceof GrowingList || result instanceof GrowingMap ? result.done() : result
}

function* entries(range: CelList | CelMap, both: boolean): Generator<readonly [Value, Value]> {
  if (range instanceof CelList) {
    for (let i = 0; i < range.size; i++) yield both ? [BigInt(i), range.get(i)] : [range.get(i), null]
    return
  }
  for (const key of range.keys()) yield [key, both ? (range.find(key) ?? null) : null]
}

const goNames: Readonly<Record<string, string>> = { null: 'types.Null', type: '*types.Type', error: '*types.Err' }

function goTypeName(value: Value): string {
  const { kind } = typeOf(value)
  return goNames[kind] ?? `types.${kind.charAt(0).toUpperCase()}${kind.slice(1)}`
}
