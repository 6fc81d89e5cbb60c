type Rules = typeof import('../../apiextensions/definition/rules.ts')

let rules: Rules | undefined

/** The rules of definitions, read when the first of them is written. */
export const definitionRules = {
  async load(): Promise<void> {
    rules ??= await import('../../apiextensions/definition/rules.ts')
  },
  known: (): Rules | undefined => rules,
  /** Throws where nobody has loaded them. */
  get(): Rules {
    if (!rules) throw new Error('the rules of custom resource definitions are not loaded')
    return rules
  },
}
