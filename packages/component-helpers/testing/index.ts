import type { Container, Node, Pod, PodSpec } from '@wherry/api'

/** A pod for tests, with what is given over what a small pod has. */
export function aPod(
  given: { name?: string; labels?: Record<string, string>; spec?: Partial<PodSpec>; status?: Pod['status'] } = {},
): Pod {
  return {
    metadata: { name: given.name ?? 'pod', namespace: 'default', labels: given.labels ?? {} },
    spec: { containers: [aContainer()], ...given.spec },
    ...(given.status ? { status: given.status } : {}),
  }
}

/** A container that asks for these resources. */
export function aContainer(given: Partial<Container> = {}): Container {
  return { name: 'main', image: 'image:1', ...given }
}

/** A node with these labels. */
export function aNode(given: { name?: string; labels?: Record<string, string>; spec?: Node['spec'] } = {}): Node {
  return { metadata: { name: given.name ?? 'node', labels: given.labels ?? {} }, spec: given.spec ?? {} }
}
