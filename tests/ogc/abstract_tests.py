"""Which test of ours shows which abstract test of a standard; `test_conformance.py` compares this with what is claimed.

Ids are those of the annexes of opengeospatial/ogcapi-features (Parts 1 to 5, CQL2) and ogcapi-tiles. A value names
`module.function` in this folder. Not everything can be asked of everybody: what begins with `n/a` says why it is not asked
of us, what begins with `not so` where we answer otherwise on purpose.
"""

_FEATURES = "http://www.opengis.net/spec/ogcapi-features-"
_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf/"
_TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/"

_NO_DATA = "n/a: asked of servers that hold the standard's own data of countries, places and rivers"
_LENIENT = "not so: OWSLib sends no Content-Type, and what it sends is read all the same"
_EXAMPLES = "test_cql2_examples.test_claimed_example_matches_python_evaluation"
_MEANT = "test_cql2_evaluation.test_filter_evaluates_equally_in_sql_and_python"
_LOGICAL = "test_abstract_cql2.test_logical"
_COLLECTIONS = "test_core.test_fc_md_op_and_success"
_PAGE = "test_core.test_fc_op_and_response"
_ITEM = "test_core.test_f_op_and_f_success"
_DEFINITION = "test_core.test_api_definition_has_what_qgis_and_gdal_require"
_LOCKING = "test_edits.test_if_match_is_honoured_but_optional"
_CONFORMANCE = "test_conformance.test_claimed_conformance_classes_equal_tested_classes"
_SETS = "test_tiles.test_tilesets_link_to_tiles_and_tilejson"


def _cql2(name: str, *ids: str, **others: str) -> dict[str, str]:
    """Tests of a class whose functions are named after it."""
    stem = f"test_abstract_cql2.test_{name.replace('-', '_')}_"
    functions = {test_id: f"{stem}{test_id.replace('-', '_')}" for test_id in ids}
    return {**functions, **others, "test-data": _NO_DATA, "logical": _LOGICAL}


ABSTRACT: dict[str, dict[str, str]] = {
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core": {
        "http": "test_abstract_core.test_http",
        "query-param-name-unknown": "test_core.test_unknown_parameter_returns_400_on_every_path",
        "query-param-value-invalid": "test_core.test_query_param_unknown_and_invalid",
    },
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections": {
        "rc-md-op": _COLLECTIONS,
        "rc-md-success": _COLLECTIONS,
        "src-md-op": _COLLECTIONS,
        "src-md-success": _COLLECTIONS,
    },
    f"{_FEATURES}1/1.0/conf/core": {
        "http": "test_abstract_core.test_http",
        "crs84": "test_abstract_core.test_crs84",
        "root-op": "test_core.test_root_op_and_success",
        "root-success": "test_core.test_root_op_and_success",
        "api-definition-op": "test_abstract_core.test_api_definition_op_and_success",
        "api-definition-success": "test_abstract_core.test_api_definition_op_and_success",
        "conformance-op": "test_core.test_conformance_op_and_success",
        "conformance-success": "test_core.test_conformance_op_and_success",
        "fc-md-op": _COLLECTIONS,
        "fc-md-success": _COLLECTIONS,
        "fc-md-links": _COLLECTIONS,
        "fc-md-items": _COLLECTIONS,
        "fc-md-items-links": _COLLECTIONS,
        "fc-md-extent": _COLLECTIONS,
        "fc-md-extent-multi": "n/a: each extent is one box and one interval",
        "sfc-md-op": _COLLECTIONS,
        "sfc-md-success": _COLLECTIONS,
        "query-param-invalid": "test_core.test_query_param_unknown_and_invalid",
        "query-param-unknown": "test_core.test_query_param_unknown_and_invalid",
        "fc-op": _PAGE,
        "fc-response": _PAGE,
        "fc-links": _PAGE,
        "fc-timeStamp": _PAGE,
        "fc-numberMatched": _PAGE,
        "fc-numberReturned": _PAGE,
        "fc-bbox-definition": _DEFINITION,
        "fc-bbox-response": "test_core.test_rc_bbox_response",
        "fc-limit-definition": _DEFINITION,
        "fc-limit-response": "test_core.test_rc_limit_response",
        "fc-time-definition": _DEFINITION,
        "fc-time-response": "test_core.test_rc_time_response",
        "f-op": _ITEM,
        "f-success": _ITEM,
        "f-links": _ITEM,
    },
    f"{_FEATURES}1/1.0/conf/oas30": {
        "completeness": "test_abstract_core.test_oas30_completeness",
        "exceptions-codes": "test_contract.test_responses_are_documented_for_generated_requests",
        "oas-definition-1": "test_abstract_core.test_api_definition_op_and_success",
        "oas-definition-2": "test_abstract_core.test_api_definition_op_and_success",
        "oas-impl": "test_contract.test_responses_are_documented_for_generated_requests",
        "security": "test_abstract_core.test_oas30_security",
    },
    f"{_FEATURES}1/1.0/conf/html": {
        "definition": "test_core.test_html_pages_have_map_and_no_scripts",
        "content": "test_core.test_html_pages_have_map_and_no_scripts",
    },
    f"{_FEATURES}1/1.0/conf/geojson": {
        "definition": "test_abstract_core.test_geojson_definition_and_content",
        "content": "test_abstract_core.test_geojson_definition_and_content",
    },
    f"{_FEATURES}2/1.0/conf/crs": {
        "crs-uri": "test_crs.test_crs_md_crs_list_and_storage",
        "default-crs": "test_crs.test_crs_md_crs_list_and_storage",
        "storageCrs": "test_crs.test_crs_md_crs_list_and_storage",
        "crs-parameter": "test_crs.test_crs_parameter_and_content_crs",
        "crs-parameter-default": "test_crs.test_content_crs_defaults_to_crs84",
        "crs-parameter-invalid": "test_crs.test_crs_invalid_values",
        "crs-parameter-transform": "test_crs.test_crs_parameter_and_content_crs",
        "crs-transform": "test_crs.test_crs_parameter_and_content_crs",
        "bbox-crs-parameter": "test_crs.test_bbox_in_other_crs_returns_same_features",
        "bbox-crs-parameter-default": "test_core.test_rc_bbox_response",
        "bbox-crs-parameter-invalid": "test_crs.test_crs_invalid_values",
    },
    f"{_FEATURES}3/1.0/conf/queryables": {
        "get-conformance": _CONFORMANCE,
        "get-queryables": "test_filter_queries.test_get_queryables_response",
        "get-collection": "test_filter_queries.test_get_queryables_response",
    },
    f"{_FEATURES}3/1.0/conf/queryables-query-parameters": {
        "get-conformance": _CONFORMANCE,
        "query-param": "test_filter_queries.test_every_queryable_can_be_filtered",
    },
    f"{_FEATURES}3/1.0/conf/filter": {
        "get-conformance": _CONFORMANCE,
        "get-collections": _COLLECTIONS,
        "get-queryables": "test_filter_queries.test_get_queryables_response",
        "get-collection": "test_filter_queries.test_get_queryables_response",
        "filter-param": "test_abstract_filter.test_filter_param_and_filter_lang_default",
        "filter-lang-default": "test_abstract_filter.test_filter_param_and_filter_lang_default",
        "expression-construction": "test_abstract_filter.test_expression_construction",
        "filter-crs-wgs84": "test_abstract_filter.test_filter_crs_wgs84",
        "filter-crs-param": "test_abstract_filter.test_filter_crs_param",
        "mixing-expression": "test_abstract_filter.test_mixing_expression",
        "get-functions": "n/a: there are no functions of our own",
    },
    f"{_FEATURES}3/1.0/conf/features-filter": {
        "get-conformance": _CONFORMANCE,
        "filter-on-items": "test_abstract_filter.test_filter_param_and_filter_lang_default",
    },
    f"{_CQL2}cql2-text": {
        "validate": _EXAMPLES,
        "escaping": "test_abstract_cql2.test_cql2_text_escaping",
    },
    f"{_CQL2}cql2-json": {"validate": _EXAMPLES},
    f"{_CQL2}basic-cql2": _cql2("basic-cql2", "basic-test", "comparison", "is-null", "boolean"),
    f"{_CQL2}advanced-comparison-operators": _cql2("advanced-comparison-operators", "like", "between", "in"),
    f"{_CQL2}case-insensitive-comparison": _cql2("case-insensitive-comparison", "casei", "casei-like"),
    f"{_CQL2}accent-insensitive-comparison": _cql2(
        "accent-insensitive-comparison", "accenti", "accenti-like", "accenti-casei", "accenti-casei-like"
    ),
    f"{_CQL2}basic-spatial-functions": _cql2("basic-spatial-functions", "s_intersects"),
    # What QGIS 3.40 calls the one before.
    f"{_CQL2}basic-spatial-operators": _cql2("basic-spatial-functions", "s_intersects"),
    f"{_CQL2}basic-spatial-functions-plus": {
        "s_intersects": "test_abstract_cql2.test_spatial_functions_s_intersects_and_s_disjoint",
    },
    f"{_CQL2}spatial-functions": _cql2(
        "spatial-functions",
        **dict.fromkeys(
            ("s_intersects", "s_disjoint"),
            "test_abstract_cql2.test_spatial_functions_s_intersects_and_s_disjoint",
        ),
        **dict.fromkeys(
            ("s_equals", "s_touches", "s_crosses", "s_overlaps"), "test_abstract_cql2.test_spatial_functions"
        ),
        **dict.fromkeys(
            ("s_within", "s_contains"),
            "test_abstract_cql2.test_spatial_functions_s_within_and_s_contains",
        ),
    ),
    f"{_CQL2}temporal-functions": {
        "temporal-functions-1": "test_abstract_cql2.test_temporal_functions_1",
        "temporal-functions-2": "test_abstract_cql2.test_temporal_functions_2",
        "test-data": _NO_DATA,
        "logical": _LOGICAL,
    },
    f"{_CQL2}property-property": _cql2(
        "property-property",
        "comparison-value-property",
        "comparison-property-property",
        "comparison-value-value",
    ),
    f"{_CQL2}arithmetic": _cql2("arithmetic", "arithmetic", **{"meaning": _MEANT}),
    f"{_FEATURES}4/1.0/conf/create-replace-delete": {
        "options": "test_edits.test_options_list_methods_allowed_to_caller",
        "create": "test_edits.test_post_creates_component_and_ignores_read_only_properties",
        "create-content-type": _LENIENT,
        "replace": "test_edits.test_put_replaces_whole_feature",
        "replace-content-type": _LENIENT,
        "replace-rid": "test_edits.test_put_replaces_whole_feature",
        # 412 for a condition on what is not there, as the requirement says; the annex has 404.
        "replace-exceptions": _LOCKING,
        "delete": "test_edits.test_delete_retires_component",
    },
    f"{_FEATURES}4/1.0/conf/update": {
        "options": "test_edits.test_options_list_methods_allowed_to_caller",
        "update": "test_edits.test_patch_is_applied_as_merge_patch",
        "update-content-type": _LENIENT,
        "update-rid": "test_edits.test_patch_is_applied_as_merge_patch",
    },
    f"{_FEATURES}4/1.0/conf/features": {
        "endpoints": "test_edits.test_options_list_methods_allowed_to_caller",
        "put-create": "n/a: ids are the server's",
        "crs84": "n/a: asked of servers without Part 2",
        "crs": "test_edits.test_post_accepts_coordinates_in_content_crs",
        "gml-srsname": "n/a: there is no GML",
        "schema": "n/a: asked of servers that claim returnables-and-receivables",
        "geojson": "test_edits.test_put_replaces_whole_feature",
        "json-merge-patch": "test_edits.test_patch_is_applied_as_merge_patch",
        "jsonfg": "n/a: there is no JSON-FG",
        "gml": "n/a: there is no GML",
    },
    f"{_FEATURES}4/1.0/conf/optimistic-locking-etags": {
        "get-etag": _ITEM,
        "replace": _LOCKING,
        "update": _LOCKING,
        "delete": _LOCKING,
    },
    f"{_FEATURES}5/1.0/conf/schemas": {
        "schema": "test_edits.test_schema_marks_read_only_and_required_properties"
    },
    f"{_TILES}core": {
        "conformance-success": _CONFORMANCE,
        "tc-op": "test_tiles.test_tile_features_equal_collection_features",
        "tc-success": "test_tiles.test_tile_features_equal_collection_features",
        "tc-error": "test_tiles.test_empty_tile_returns_204_and_tile_outside_matrix_404",
        "tc-tilematrix-definition": "test_abstract_core.test_tiles_path_parameters_definition",
        "tc-tilerow-definition": "test_abstract_core.test_tiles_path_parameters_definition",
        "tc-tilecol-definition": "test_abstract_core.test_tiles_path_parameters_definition",
    },
    f"{_TILES}tileset": {"conformance-success": _CONFORMANCE, "description": _SETS},
    f"{_TILES}tilesets-list": {"conformance-success": _CONFORMANCE, "tileset-links": _SETS},
    f"{_TILES}dataset-tilesets": {
        "conformance-success": _CONFORMANCE,
        "landingpage": _SETS,
        "operation": "test_tiles.test_combined_tile_has_all_or_named_layers",
    },
    f"{_TILES}geodata-tilesets": {
        "conformance-success": _CONFORMANCE,
        "desc-links": "test_tiles.test_every_collection_has_tiles_or_is_listed_without",
        "operation": _SETS,
    },
    f"{_TILES}collections-selection": {
        "conformance-success": _CONFORMANCE,
        "query-collections": "test_abstract_core.test_tiles_query_collections",
    },
    f"{_TILES}mvt": {"content": "test_tiles.test_tile_features_equal_collection_features"},
    "http://www.opengis.net/spec/tms/2.0/conf/tilematrixset": {
        "content": "test_tiles.test_tile_matrix_set_matches_standard",
    },
}
