/** A number in [0, 1): randomness as a dependency, so that tests can fix it. */
export type Random = () => number

/** The machine's randomness; not for secrets. */
export const realRandom: Random = () => Math.random()
