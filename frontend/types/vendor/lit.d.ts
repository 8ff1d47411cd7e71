// tsc reads the vendored file's types here, from the packages that it was made of.
export * from "../../lit.js";
