// Figures of one daemon for /metrics. A registry of its own: in the all-in-one five daemons share a process.
import { Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  registry: Registry;
  observe(route: string, method: string, status: number, seconds: number): void;
}

export function createMetrics(role: string, version: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ role });
  const requests = new Histogram({
    name: 'educloud_http_request_duration_seconds', help: 'Time to answer, by declared route.', labelNames: ['route', 'method', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10], registers: [registry],
  });
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({ name, help, registers: [registry], collect() { this.set(read()); } });
  };
  gauge('process_resident_memory_bytes', 'Resident memory of the process.', () => process.memoryUsage.rss());
  gauge('process_cpu_seconds', 'CPU time used by the process.', () => { const c = process.cpuUsage(); return (c.user + c.system) / 1e6; });
  gauge('process_uptime_seconds', 'Age of the process.', () => process.uptime());
  new Gauge({ name: 'educloud_build', help: 'Constant 1 with the version.', labelNames: ['version'], registers: [registry] }).set({ version }, 1);
  return { registry, observe: (route, method, status, seconds) => requests.observe({ route, method, status: String(status) }, seconds) };
}
