// Style sheets are imported for their effect alone; vite bundles them.
declare module '*.css';
