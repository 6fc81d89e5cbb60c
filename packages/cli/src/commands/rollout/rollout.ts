import { defineGroup } from '../../command.ts'

export const rolloutCommand = defineGroup({
  use: 'rollout SUBCOMMAND',
  helpTo: 'stdout',
  short: 'Manage the rollout of a resource',
  long: `Manage the rollout of one or many resources.

 Deployments, daemon sets and stateful sets have rollouts.`,
  examples: `# Wait for the latest rollout
$ rollout status deployment/web

# Go back to the revision before
$ rollout undo deployment/web

# Replace all pods
$ rollout restart daemonset/agent`,
  commands: {
    history: { short: 'View rollout history', load: async () => (await import('./history.ts')).rolloutHistoryCommand },
    pause: {
      short: 'Mark the provided resource as paused',
      load: async () => (await import('./change.ts')).rolloutPauseCommand,
    },
    restart: { short: 'Restart a resource', load: async () => (await import('./change.ts')).rolloutRestartCommand },
    resume: { short: 'Resume a paused resource', load: async () => (await import('./change.ts')).rolloutResumeCommand },
    status: {
      short: 'Show the status of the rollout',
      load: async () => (await import('./status.ts')).rolloutStatusCommand,
    },
    undo: { short: 'Undo a previous rollout', load: async () => (await import('./undo.ts')).rolloutUndoCommand },
  },
})
