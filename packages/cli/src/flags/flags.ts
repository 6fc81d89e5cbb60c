/** How a flag reads its text: as Go's pflag types string, bool, int, duration, stringSlice and stringArray. */
export type FlagType = 'string' | 'boolean' | 'int' | 'duration' | 'strings' | 'array'

/** One flag of a command. */
export interface Flag {
  type: FlagType
  /** One letter. */
  short?: string
  describe: string
  /** As it would be typed; a flag without a default has its type's zero value. */
  default?: string
  /** The value of a flag that stands alone: its value can then only follow after `=`. */
  optional?: string
  hidden?: boolean
  /** The command does not work without it. */
  required?: boolean
}

export type FlagSet = Readonly<Record<string, Flag>>
export type FlagValue = string | boolean | number | string[]

type ValueOf<F extends Flag> = F['type'] extends 'boolean'
  ? boolean
  : F['type'] extends 'int' | 'duration'
    ? number
    : F['type'] extends 'strings' | 'array'
      ? string[]
      : string

/** The parsed values, by flag. Durations are milliseconds. */
export type FlagValues<S extends FlagSet> = { readonly [K in keyof S]: ValueOf<S[K]> }

/** Names a flag in messages as pflag does: `-o, --output`. */
export function flagTitle(name: string, flag: Flag): string {
  return flag.short ? `-${flag.short}, --${name}` : `--${name}`
}
