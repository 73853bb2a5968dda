// Addresses of the pages. The wizard (and with it the console) is loaded when first opened.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from '@tanstack/react-router';
import { Shell } from './components/Shell.tsx';
import { LoginPage } from './pages/LoginPage.tsx';
import { HomePage } from './pages/HomePage.tsx';
import { NoPage } from './pages/NoPage.tsx';

const root = createRootRoute({ component: Outlet });

const loginRoute = createRoute({
  getParentRoute: () => root,
  path: '/login',
  component: LoginPage,
  // Only an address of our own: a path, never another site.
  validateSearch: (search: Record<string, unknown>): { next?: string } => (typeof search.next === 'string' && /^\/(?![/\\])/.test(search.next) ? { next: search.next } : {}),
});
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell });
const homeRoute = createRoute({ getParentRoute: () => shell, path: '/', component: HomePage });
const taskRoute = createRoute({ getParentRoute: () => shell, path: '/tasks/$tid', component: lazyRouteComponent(() => import('./pages/tasks/WizardPage.tsx'), 'WizardPage') });
const instancesRoute = createRoute({ getParentRoute: () => shell, path: '/instances', component: lazyRouteComponent(() => import('./pages/instances/InstancesPage.tsx'), 'InstancesPage') });
const instanceRoute = createRoute({ getParentRoute: () => shell, path: '/instances/$id', component: lazyRouteComponent(() => import('./pages/instances/InstancePage.tsx'), 'InstancePage') });
const typesRoute = createRoute({ getParentRoute: () => shell, path: '/types', component: lazyRouteComponent(async () => ({ TypesPage: (await import('./pages/types/TypesPage.tsx')).TypesPage }), 'TypesPage') });
const networksRoute = createRoute({ getParentRoute: () => shell, path: '/networks', component: lazyRouteComponent(async () => ({ NetworksPage: (await import('./pages/networks/NetworksPage.tsx')).NetworksPage }), 'NetworksPage') });
const hostsRoute = createRoute({ getParentRoute: () => shell, path: '/hosts', component: lazyRouteComponent(() => import('./pages/hosts/HostsPage.tsx'), 'HostsPage') });
const hostRoute = createRoute({ getParentRoute: () => shell, path: '/hosts/$id', component: lazyRouteComponent(() => import('./pages/hosts/HostPage.tsx'), 'HostPage') });
const noRoute = createRoute({ getParentRoute: () => shell, path: '$', component: NoPage });

export const router = createRouter({ routeTree: root.addChildren([loginRoute, shell.addChildren([homeRoute, taskRoute, instancesRoute, instanceRoute, typesRoute, networksRoute, hostsRoute, hostRoute, noRoute])]), scrollRestoration: true, defaultPreload: 'intent' });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
