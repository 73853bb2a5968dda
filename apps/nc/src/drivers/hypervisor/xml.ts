// XML by construction, never from strings: every text and attribute is escaped, what XML cannot carry is refused. Used for domain XML.
import { CloudError } from '@educloud/errors';

export interface XmlElement {
  name: string;
  attributes: Readonly<Record<string, string | number | undefined>>;
  children: readonly (XmlElement | string)[];
}

type Child = XmlElement | string | null | undefined | false;

/** One element; absent attributes and children are left out. */
export const el = (name: string, attributes: XmlElement['attributes'] = {}, ...children: Child[]): XmlElement => ({
  name,
  attributes,
  children: children.filter((c): c is XmlElement | string => c !== null && c !== undefined && c !== false),
});

const NAME = /^[a-zA-Z_][\w.-]*(:[a-zA-Z_][\w.-]*)?$/;
// Control characters, lone surrogates and non-characters: not allowed in XML 1.0, or of no use in a name or path.
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

export function escapeXml(text: string, where: string): string {
  if (FORBIDDEN.test(text)) throw new CloudError('BAD_REQUEST', `${where} has characters that are not allowed there`, { data: { field: where } });
  return text.replace(/[&<>"']/g, (c) => ENTITIES[c] ?? c);
}

export function toXml(element: XmlElement): string {
  if (!NAME.test(element.name)) throw new CloudError('INTERNAL', `not an XML name: ${JSON.stringify(element.name)}`);
  const attributes = Object.entries(element.attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      if (!NAME.test(name)) throw new CloudError('INTERNAL', `not an XML name: ${JSON.stringify(name)}`);
      return ` ${name}="${escapeXml(String(value), name)}"`;
    })
    .join('');
  if (element.children.length === 0) return `<${element.name}${attributes}/>`;
  const inside = element.children.map((c) => (typeof c === 'string' ? escapeXml(c, element.name) : toXml(c))).join('');
  return `<${element.name}${attributes}>${inside}</${element.name}>`;
}
