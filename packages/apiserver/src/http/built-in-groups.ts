import { resources } from '@wherry/api'

const groups = new Set(resources.map(({ group }) => group))

/**
 * Whether the server has the group itself. Below such a group upstream's router answers for paths that it does not know,
 * with a Status; elsewhere the end of the chain of servers does, with a line of text.
 */
export const isBuiltInGroup = (group: string): boolean => groups.has(group)
