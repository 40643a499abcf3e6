/** What a browser may do with pages of this origin (quality, section 6.7). */
export function securityHeaders(host: string): ReadonlyMap<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "img-src 'self' blob:",
    'media-src blob:',
    `connect-src 'self' ws://${host} wss://${host}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "require-trusted-types-for 'script'",
    'trusted-types parley',
    'report-to csp',
  ]
  return new Map([
    ['content-security-policy', policy.join('; ')],
    ['reporting-endpoints', 'csp="/csp-reports"'],
    ['cross-origin-opener-policy', 'same-origin'],
    ['cross-origin-embedder-policy', 'require-corp'],
    ['cross-origin-resource-policy', 'same-origin'],
    ['strict-transport-security', 'max-age=63072000; includeSubDomains'],
    ['referrer-policy', 'no-referrer'],
    ['permissions-policy', permissions],
    ['x-content-type-options', 'nosniff'],
    ['x-frame-options', 'DENY'],
  ])
}

const permissions = [
  'accelerometer',
  'autoplay',
  'bluetooth',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'hid',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'serial',
  'usb',
]
  .map((feature) => `${feature}=()`)
  .join(', ')
