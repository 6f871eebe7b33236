"""Translates SAM templates to CloudFormation, as the service does, and prints them as JSON: one list, an entry a path.

Each entry has `source` (the template, with intrinsic functions in their long form) and `translated` (after the SAM transform with the
parameters' defaults; the same as `source` where a template asks for no transform), or `refused` with the reason.
"""

import copy
import json
import logging
import sys

import yaml
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

logging.disable(logging.CRITICAL)


class NoManagedPolicies:
    """Templates here name none by a short name; looking them up would need an account."""

    def load(self):
        return {}


def packaged(source):
    """The template as `sam package` would leave it: folders are in a bucket."""
    source = copy.deepcopy(source)
    for resource in source["Resources"].values():
        for name in ("CodeUri", "Location"):
            if isinstance(resource.get("Properties", {}).get(name), str):
                resource["Properties"][name] = "s3://bucket/" + resource["Properties"][name]
    return source


def entry(path):
    """One template, read and translated."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        source = yaml_parse(text)
    except yaml.YAMLError as error:
        return {"refused": str(error)}
    if "Transform" not in source:
        return {"source": source, "translated": source}
    try:
        translated = transform(packaged(source), {}, NoManagedPolicies())
    except Exception as error:  # the translator's own kinds hold the reasons in different places
        causes = getattr(error, "causes", None) or [error]
        return {"refused": "; ".join(getattr(cause, "message", str(cause)) for cause in causes)}
    return {"source": source, "translated": translated}


json.dump([entry(path) for path in sys.argv[1:]], sys.stdout)
