"""Reading of cases, as far as the actor may see them, and code that other folders use.

To direct a case means to hold the permission `incident:direct` in the area of the case.
"""
