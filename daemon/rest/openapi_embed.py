"""Turns assets/openapi.yaml into C: the document as JSON in an array of bytes.

usage: openapi_embed.py OPENAPI.YAML VERSION OUT.C
"""

import json
import sys

import yaml


class Loader(yaml.SafeLoader):
    """Times and days in the examples are text; a key that stands twice is an error."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.YAMLError(f"{key!r} stands twice, {node.start_mark}")
        return super().construct_mapping(node, deep)


Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def main(source, version, target):
    with open(source, encoding="utf-8") as file:
        document = yaml.load(file, Loader)
    document["info"]["version"] = version
    data = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    lines = [",".join(str(byte) for byte in data[at : at + 24]) for at in range(0, len(data), 24)]
    with open(target, "w", encoding="ascii") as file:
        file.write('#include "rest/openapi.h"\n\nconst unsigned char openapi_json[] = {\n')
        file.write(",\n".join(lines))
        file.write("};\nconst size_t openapi_json_size = sizeof(openapi_json);\n")


main(*sys.argv[1:])
