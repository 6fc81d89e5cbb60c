import { type DeepReadonly, type FieldError, fieldInvalid } from '@wherry/apimachinery'

export type Level = 'privileged' | 'baseline' | 'restricted'

const levels: readonly Level[] = ['privileged', 'baseline', 'restricted']
const prefix = 'pod-security.kubernetes.io/'

/** One of the Pod Security Standards, as of a minor version of Kubernetes; `latest` is infinity. */
export interface LevelVersion {
  readonly level: Level
  readonly minor: number
}

/** What a namespace enforces, and what it warns of. Audit annotations have no log to stand in. */
export interface Policy {
  readonly enforce: LevelVersion
  readonly warn: LevelVersion
  /** Of the labels. A policy that cannot be read is enforced as `restricted`. */
  readonly errors: readonly FieldError[]
}

const none: LevelVersion = { level: 'privileged', minor: Number.POSITIVE_INFINITY }
const noPolicy: Policy = { enforce: none, warn: none, errors: [] }

/** Such as `baseline:v1.25`. */
export function levelText({ level, minor }: LevelVersion): string {
  return `${level}:${Number.isFinite(minor) ? `v1.${minor}` : 'latest'}`
}

/** Positive where `a` is the stricter level. */
export function compareLevels(a: Level, b: Level): number {
  return levels.indexOf(a) - levels.indexOf(b)
}

/** The policy that a namespace's labels ask for. As pod-security-admission `api.PolicyToEvaluate`. */
export function policyOf(labels: DeepReadonly<Record<string, string>> | undefined): Policy {
  if (!labels || !Object.keys(labels).some((key) => key.startsWith(prefix))) return noPolicy
  const errors: FieldError[] = []
  const read = (mode: string, open: Level) => {
    const levelLabel = labels[`${prefix}${mode}`]
    const versionLabel = labels[`${prefix}${mode}-version`]
    const level = levels.find((one) => one === levelLabel)
    if (levelLabel !== undefined && level === undefined) {
      errors.push(refuse(mode, levelLabel, `must be one of ${levels.join(', ')}`))
    }
    const version = versionLabel === undefined ? undefined : minorOf(versionLabel)
    if (versionLabel !== undefined && version === undefined) {
      errors.push(refuse(`${mode}-version`, versionLabel, 'must be "latest" or "v1.x"'))
    }
    return {
      level: levelLabel === undefined ? none.level : (level ?? open),
      minor: version ?? none.minor,
      explicit: level !== undefined,
      hasLevel: levelLabel !== undefined,
      hasVersion: versionLabel !== undefined,
    }
  }
  const enforce = read('enforce', 'restricted')
  read('audit', 'privileged')
  const warn = read('warn', 'privileged')
  // Who enforces a level wants to be warned of it, too.
  const follows = !warn.hasLevel && enforce.explicit && compareLevels(enforce.level, warn.level) > 0
  return {
    enforce: { level: enforce.level, minor: enforce.minor },
    warn: follows
      ? { level: enforce.level, minor: warn.hasVersion ? warn.minor : enforce.minor }
      : { level: warn.level, minor: warn.minor },
    errors,
  }
}

function refuse(label: string, value: string, detail: string): FieldError {
  return fieldInvalid(`metadata.labels[${prefix}${label}]`, value, detail)
}

function minorOf(text: string): number | undefined {
  if (text === 'latest') return Number.POSITIVE_INFINITY
  const match = /^v1\.(\d|[1-9]\d+)$/.exec(text)
  return match ? Number(match[1]) : undefined
}
