import { expect, it } from 'vitest'
import { MetricsRegistry } from './metrics.ts'

it('metrics come in the text format, labels escaped and buckets adding up', () => {
  const metrics = new MetricsRegistry()
  const requests = metrics.counter('requests_total', 'Requests.', ['verb', 'code'])
  requests.add(['GET', '200'])
  requests.add(['GET', '200'])
  requests.add(['say "hi"\\\n', '500'], 3)
  const seconds = metrics.histogram('seconds', 'How long.', ['verb'], [0.1, 1])
  for (const value of [0.05, 0.1, 0.5, 7]) seconds.observe(['GET'], value)
  metrics.gauge('objects', 'How many.', [], () => [[[], 42]])
  expect(metrics.expose()).toBe(`# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{verb="GET",code="200"} 2
requests_total{verb="say \\"hi\\"\\\\\\n",code="500"} 3
# HELP seconds How long.
# TYPE seconds histogram
seconds_bucket{verb="GET",le="0.1"} 2
seconds_bucket{verb="GET",le="1"} 3
seconds_bucket{verb="GET",le="+Inf"} 4
seconds_sum{verb="GET"} 7.65
seconds_count{verb="GET"} 4
# HELP objects How many.
# TYPE objects gauge
objects 42
`)
})
