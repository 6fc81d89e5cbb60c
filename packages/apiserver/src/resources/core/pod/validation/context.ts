import type { Container, EphemeralContainer, PodSpec, Volume } from '@wherry/api'
import type { DeepReadonly, FieldError } from '@wherry/apimachinery'

export type Spec = DeepReadonly<PodSpec>
export type AVolume = DeepReadonly<Volume>
export type Volumes = Map<string, AVolume>
export type AnyContainer = DeepReadonly<Container> | DeepReadonly<EphemeralContainer>

/** Where a pod spec stands, which some rules ask for. As `PodValidationOptions`. */
export interface PodContext {
  /** False for the templates of controllers. */
  readonly isPod: boolean
  /** The pod's name, where it has one already. */
  readonly name?: string
  /** Updates only: the spec as it was. */
  readonly old?: Spec
}

/** The same, with what the rules of containers ask for. */
export interface ContainerContext extends PodContext {
  readonly spec: Spec
  /** The volumes that can be mounted: those without fault. */
  readonly volumes: ReadonlyMap<string, AVolume>
}

/**
 * What was wrong before an update may stay wrong: rules that came later do not lock old objects (ratcheting). `before`
 * is only asked where there is something to refuse.
 */
export function ratchet(errors: FieldError[], before: () => readonly FieldError[]): FieldError[] {
  return errors.length > 0 && before().length > 0 ? [] : errors
}

/** All containers of a spec with their paths, in upstream's order: init containers first, then containers. */
export function containersOf(spec: Spec, field: string): (readonly [AnyContainer, string])[] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((name) => {
    const containers: readonly AnyContainer[] = spec[name] ?? []
    return containers.map((container, i) => [container, `${field}.${name}[${i}]`] as const)
  })
}
