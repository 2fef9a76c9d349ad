declare module 'parse-prometheus-text-format' {
  interface ParsedFamily {
    name: string
    help: string
    type: string
    metrics: { labels?: Record<string, string>; value: string }[]
  }
  export default function parsePrometheusTextFormat(text: string): ParsedFamily[]
}
