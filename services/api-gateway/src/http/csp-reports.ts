import { readBytes } from '@parley/runtime'
import type { GatewayMetrics } from '../metrics.ts'

const reportBytesMax = 16 * 1024

/** `POST /csp-reports`: a browser refused something. It is counted; what it says is not kept. */
export function cspReports(metrics: Pick<GatewayMetrics, 'cspReported'>) {
  return async (request: Request): Promise<Response> => {
    if (request.method !== 'POST') return new Response(null, { status: 405 })
    await readBytes(request, reportBytesMax)
    metrics.cspReported()
    return new Response(null, { status: 204 })
  }
}
