"""The scenes by key: a place, and the problem drawn on it."""

from collections.abc import Callable
from random import Random

from app.demo.scenes import backgrounds as at
from app.demo.scenes import order, waste, works
from app.demo.scenes.canvas import Canvas

Background = Callable[[Random], Canvas]
Problem = Callable[[Canvas], None]

SCENES: dict[str, tuple[Background, Problem]] = {
    "bags_street": (at.street, waste.bags), "bags_court": (at.court, waste.bags),
    "bags_stairs": (at.stairs, waste.bags_few), "bags_market": (at.market, waste.bags),
    "bin_full": (at.street, waste.full_bin), "bin_full_park": (at.park, waste.full_bin),
    "bin_broken": (at.street, waste.broken_bin), "sorting": (at.court, waste.sorting),
    "rubble_street": (at.street, waste.rubble), "rubble_court": (at.court, waste.rubble),
    "sacks": (at.court, waste.sacks), "sand": (at.site, waste.sand), "leaves": (at.street, waste.leaves),
    "oil": (at.shops, waste.oil), "litter_lawn": (at.park, waste.lawn_litter),
    "litter_court": (at.court, waste.lawn_litter), "dry_plants": (at.street, waste.dry_plants),
    "branches": (at.park, waste.branches), "river_litter": (at.river, waste.river_litter),
    "algae": (at.river, waste.algae), "foam": (at.river, waste.foam), "smoke": (at.shops, waste.smoke),
    "boxes_street": (at.shops, waste.boxes), "boxes_market": (at.market, waste.boxes),
    "junk_stairs": (at.stairs, waste.junk), "junk_court": (at.court, waste.junk),
    "stickers_wall": (at.street, waste.stickers), "stickers_stairs": (at.stairs, waste.stickers),
    "stickers_pole": (at.street, waste.pole_stickers), "banner": (at.park, waste.banner),
    "banner_gate": (at.gate, waste.banner), "graffiti": (at.underpass, waste.graffiti),
    "hoarding": (at.street, works.hoarding), "site_night": (at.site, works.floodlight),
    "site_dust": (at.site, works.dust), "dug_up": (at.road, works.dug_up),
    "collapse": (at.road, works.collapse), "burst_pipe": (at.street, works.burst_pipe),
    "gas": (at.court, works.gas), "sewage": (at.court, works.sewage), "sewage_shops": (at.shops, works.sewage),
    "flood_street": (at.street, works.flood), "flood_underpass": (at.underpass, works.flood),
    "flood_night": (at.night, works.flood), "puddles": (at.street, works.puddles),
    "cable_down": (at.street, works.cable_down), "cable_night": (at.night, works.cable_down),
    "stall_day": (at.gate, order.stall), "stall_night": (at.night, order.night_stall),
    "stall_market": (at.market, order.stall), "goods": (at.shops, order.goods),
    "tables": (at.shops, order.tables), "car_pavement": (at.shops, order.car), "car_gate": (at.gate, order.car),
    "van_market": (at.market, order.refrigerator_truck), "car_court": (at.court, order.car),
    "bicycles": (at.street, order.bicycles), "bicycles_gate": (at.gate, order.bicycles),
    "bicycles_fallen": (at.street, order.fallen_bicycles), "scooters": (at.shops, order.scooters),
    "tactile": (at.street, order.tactile), "tactile_boxes": (at.shops, order.tactile_boxes),
    "fire_lane_car": (at.court, order.car_in_fire_lane), "fire_lane_junk": (at.street, order.junk_in_fire_lane),
    "lead_court": (at.court, order.trailing_lead), "ebikes_stairs": (at.stairs, order.ebikes_in_stairs),
    "quarrel": (at.stairs, order.quarrel), "leak": (at.stairs, order.leak), "elder": (at.stairs, order.elder),
    "helper": (at.stairs, order.helper), "heater": (at.stairs, order.heater),
    "cover_missing": (at.street, works.missing_cover), "cover_tilted": (at.road, works.tilted_cover),
    "grate": (at.street, works.blocked_grate), "cabinet": (at.street, works.cabinet),
    "lamp_out": (at.night, works.lamp_out), "lamp_tilted": (at.street, works.lamp_tilted),
    "hydrant": (at.street, works.hydrant), "traffic_light": (at.road, works.traffic_light),
    "sign_bent": (at.road, works.bent_sign), "railing": (at.road, works.railing),
    "railing_river": (at.river, works.railing), "shelter": (at.street, works.shelter),
    "slabs": (at.street, works.loose_slabs), "pothole": (at.road, works.pothole),
    "cracks": (at.road, works.cracks), "toilet": (at.park, works.toilet), "board": (at.court, works.board),
    "tree_leaning": (at.street, works.tree_leaning), "tree_fallen": (at.night, works.tree_fallen),
    "edging": (at.court, works.edging), "wall": (at.street, works.wall_crumbling),
    "stair_dark": (at.stairs, works.stair_dark), "gym": (at.park, works.gym), "ramp": (at.street, works.ramp),
    "shed": (at.court, works.shed),
}  # fmt: skip
# Pictures of one scene that differ in the place: colours, windows, trees.
VARIANTS = 3


def draw(scene: str, variant: int, *, is_after: bool) -> bytes:
    """Draw a scene (JPEG). With `is_after` the problem is solved; the place is the same."""
    background, problem = SCENES[scene]
    canvas = background(Random(f"{scene}:{variant}"))
    if not is_after:
        problem(canvas)
    return canvas.jpeg()
