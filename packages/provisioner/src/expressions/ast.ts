import type { Scalar } from "./value.ts";

export const binaryOperators = ["||", "&&", "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%"] as const;
export type BinaryOperator = (typeof binaryOperators)[number];
export type UnaryOperator = "!" | "-";

/** Where a node stands in the text, as offsets; `depth` is how many nodes lie below each other in it. */
interface NodeBase {
  readonly start: number;
  readonly end: number;
  readonly depth: number;
}

export interface LiteralNode extends NodeBase {
  readonly kind: "literal";
  readonly value: Scalar;
}

/** `owner.name` is `["owner", "name"]`; `param["disk size"]` is `["param", "disk size"]`. */
export interface NameNode extends NodeBase {
  readonly kind: "name";
  readonly path: readonly string[];
}

export interface ListNode extends NodeBase {
  readonly kind: "list";
  readonly elements: readonly Node[];
}

export interface UnaryNode extends NodeBase {
  readonly kind: "unary";
  readonly operator: UnaryOperator;
  readonly operand: Node;
}

export interface BinaryNode extends NodeBase {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly left: Node;
  readonly right: Node;
}

export interface ConditionalNode extends NodeBase {
  readonly kind: "conditional";
  readonly condition: Node;
  readonly whenTrue: Node;
  readonly whenFalse: Node;
}

export interface IndexNode extends NodeBase {
  readonly kind: "index";
  readonly target: Node;
  readonly index: Node;
}

export interface CallNode extends NodeBase {
  readonly kind: "call";
  readonly name: string;
  readonly arguments: readonly Node[];
}

export type Node = LiteralNode | NameNode | ListNode | UnaryNode | BinaryNode | ConditionalNode | IndexNode | CallNode;

export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case "literal":
    case "name":
      return [];
    case "list":
      return node.elements;
    case "unary":
      return [node.operand];
    case "binary":
      return [node.left, node.right];
    case "conditional":
      return [node.condition, node.whenTrue, node.whenFalse];
    case "index":
      return [node.target, node.index];
    case "call":
      return node.arguments;
  }
}

/** Every name that the expression mentions, whether or not a condition would ever reach it. In order of the text. */
export function references(node: Node): NameNode[] {
  return node.kind === "name" ? [node] : childrenOf(node).flatMap(references);
}
