"""Reading of cases under the actor's visibility, and the parts that other folders share.

To direct a case means to hold the permission `incident:direct` in the area of the case.
"""
