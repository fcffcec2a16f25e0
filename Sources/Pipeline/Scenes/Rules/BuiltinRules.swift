import Core

/// The rules that come with the tools: data like any other, with threshold and source in each one's text.
package enum BuiltinRules {
  package static let name = "builtin"

  /// As a rule file, to be printed and copied from.
  package static let text = """
    // Scenes of av-scenes: speeds in m/s, accelerations in m/s2, angles in radians unless they have a unit.
    { schema: "av.rules/1",
      let: {
        // Of the road, 1/m: the mean of yaw rate by speed over 20 s around, without turns on a radius below 100 m.
        curvature: "smooth(if(speed_mps > 1 and abs(yaw_rate_radps) < 0.01 * speed_mps, yaw_rate_radps / speed_mps, null), 20)",
        // What the vehicle turns more than the road does.
        extra_yaw: "yaw_rate_radps - coalesce(curvature, 0) * speed_mps",
        // Noise of a single row is no braking.
        calm_ax: "smooth(ax_mps2, 0.3)",
        ahead: "x_m > 0 and x_m < 50",
        vehicle: "class_group = 'vehicle'",
      },
      rules: [

    \(ego)

    \(objects)

    \(places)

    \(surroundings)
      ] }

    """

  private static let ego = """
        // ---- What the vehicle does
        { id: "hard_brake", version: "2", type: "hard_brake", layer: "ego", enter: "calm_ax <= -3.0", exit: "calm_ax > -1.5", min_s: 0.3, gap_s: 0.5,
          agg: { min_ax: "min(ax_mps2)", v0: "first(speed_mps)", v1: "last(speed_mps)" }, tags: ["nuplan:high_magnitude_jerk"],
          text: "Deceleration of 3 m/s2 or more (Vicomtech scenario extraction)" },
        { id: "emergency_brake", version: "2", type: "emergency_brake", layer: "ego", enter: "calm_ax <= -6.0", exit: "calm_ax > -3.0", min_s: 0.2, gap_s: 0.5,
          agg: { min_ax: "min(ax_mps2)", v0: "first(speed_mps)", v1: "last(speed_mps)" },
          text: "Deceleration of 6 m/s2 or more, the safe-distance model's braking (RSS, in AD4CHE)" },
        { id: "hard_accel", version: "2", type: "hard_accel", layer: "ego", enter: "calm_ax >= 2.5", exit: "calm_ax < 1.2", min_s: 0.5, gap_s: 0.5,
          agg: { max_ax: "max(ax_mps2)", v0: "first(speed_mps)", v1: "last(speed_mps)" },
          text: "Acceleration of 2.5 m/s2 or more (Vicomtech)" },
        { id: "high_jerk", version: "1", type: "high_jerk", layer: "ego", enter: "abs(jerk_mps3) >= 8.37", exit: "abs(jerk_mps3) < 4", min_s: 0.1, gap_s: 0.3,
          agg: { max_jerk: "max(abs(jerk_mps3))" }, text: "Jerk of 8.37 m/s3 or more, the limit of comfort of nuplan-devkit" },
        { id: "sharp_turn", version: "2", type: "sharp_turn", layer: "ego", enter: "abs(smooth(ay_mps2, 0.3)) >= 4.0", exit: "abs(smooth(ay_mps2, 0.3)) < 2.5", min_s: 0.3, gap_s: 0.5,
          agg: { max_ay: "max(abs(ay_mps2))" }, text: "Lateral acceleration of 4 m/s2 or more; comfort ends at 4.89 (nuplan-devkit)" },
        { id: "standstill", version: "1", type: "standstill", layer: "ego", enter: "speed_mps < 0.3", exit: "speed_mps >= 0.8", min_s: 1, gap_s: 1,
          text: "At rest: below 0.3 m/s until 0.8 m/s" },
        { id: "stop", version: "1", type: "stop", layer: "ego", span: "first.start..last.start",
          sequence: [ { enter: "fall(speed_mps > 2)", exit: "speed_mps > 2" }, { rule: "standstill", within_s: 10 } ],
          text: "From 2 m/s down to a standstill within 10 s" },
        { id: "start", version: "1", type: "start", layer: "ego", span: "first.end..last.start",
          sequence: [ { rule: "standstill" }, { enter: "speed_mps > 2", within_s: 10 } ], text: "From a standstill to 2 m/s within 10 s" },
        { id: "turn_left", version: "1", type: "turn_left", layer: "ego", enter: "yaw_rate_radps >= 3deg and speed_mps > 1", min_s: 1, gap_s: 1,
          where: "integral(yaw_rate_radps) between 45deg and 135deg or (truncated_start or truncated_end) and integral(yaw_rate_radps) >= 15deg and mean(yaw_rate_radps) > 5deg",
          keep_truncated: true, agg: { yaw_rad: "integral(yaw_rate_radps)" }, text: "Yaw rate of 3 deg/s, together 45 to 135 deg (RefAV); 15 deg where the data cuts it" },
        { id: "turn_right", version: "1", type: "turn_right", layer: "ego", enter: "yaw_rate_radps <= -3deg and speed_mps > 1", min_s: 1, gap_s: 1,
          where: "-integral(yaw_rate_radps) between 45deg and 135deg or (truncated_start or truncated_end) and -integral(yaw_rate_radps) >= 15deg and -mean(yaw_rate_radps) > 5deg",
          keep_truncated: true, agg: { yaw_rad: "integral(yaw_rate_radps)" }, text: "As turn_left, to the right" },
        { id: "u_turn", version: "1", type: "u_turn", layer: "ego", enter: "abs(yaw_rate_radps) >= 3deg and speed_mps > 0.5", min_s: 2, gap_s: 1,
          where: "abs(integral(yaw_rate_radps)) >= 150deg and duration() <= 25 and path_length() / abs(integral(yaw_rate_radps)) < 20",
          agg: { yaw_rad: "integral(yaw_rate_radps)", path_m: "path_length()" }, text: "150 deg or more in at most 25 s, on a radius below 20 m" },
        { id: "lane_change_left", version: "2", type: "lane_change_left", layer: "ego", enter: "abs(smooth(extra_yaw, 0.3)) >= 0.5deg and speed_mps > 5", min_s: 2, gap_s: 1.5,
          where: "abs(heading_change()) <= 3deg and lateral_shift() between 2.5 and 5 and duration() between 2 and 10",
          agg: { shift_m: "lateral_shift()", v0: "first(speed_mps)" }, text: "Without lanes: to the left by 2.5 to 5 m in 2 to 10 s, ending in the old direction" },
        { id: "lane_change_right", version: "2", type: "lane_change_right", layer: "ego", enter: "abs(smooth(extra_yaw, 0.3)) >= 0.5deg and speed_mps > 5", min_s: 2, gap_s: 1.5,
          where: "abs(heading_change()) <= 3deg and lateral_shift() between -5 and -2.5 and duration() between 2 and 10",
          agg: { shift_m: "lateral_shift()", v0: "first(speed_mps)" }, text: "As lane_change_left, to the right" },
        { id: "lane_change_left_by_lane", version: "1", type: "lane_change_left", layer: "ego", requires: ["lane_id", "lane_left_id"],
          enter: "lane_id != prev(lane_id) and lane_id = prev(lane_left_id)", extend_back: "rate(lane_offset_m) >= 0.1", extend_forward: "rate(lane_offset_m) >= 0.1", min_s: 0.5,
          text: "With lanes: into the left neighbour, for as long as it moves to the left by 0.1 m/s (RefAV)" },
        { id: "lane_change_right_by_lane", version: "1", type: "lane_change_right", layer: "ego", requires: ["lane_id", "lane_right_id"],
          enter: "lane_id != prev(lane_id) and lane_id = prev(lane_right_id)", extend_back: "rate(lane_offset_m) <= -0.1", extend_forward: "rate(lane_offset_m) <= -0.1", min_s: 0.5,
          text: "As lane_change_left_by_lane, to the right" },
        { id: "swerve", version: "1", type: "swerve", layer: "ego", enter: "abs(yaw_rate_radps) >= 12deg and speed_mps > 10", exit: "abs(yaw_rate_radps) < 4deg", min_s: 0.3, gap_s: 0.8,
          where: "abs(integral(yaw_rate_radps)) <= 10deg and duration() < 4", text: "12 deg/s above 10 m/s, ending in nearly the old direction" },
        { id: "reverse", version: "1", type: "reverse", layer: "ego", enter: "lower(gear) in ('r', 'reverse')", min_s: 0.5, gap_s: 0.5, text: "The reverse gear" },
    """

  private static let objects = """
        // ---- Other road users
        { id: "following", version: "1", type: "following", layer: "objects", enter: "nearest_in_path_m < 50 and thw_s < 3 and speed_mps >= 0.5 and not nearest_in_path_class in ('pedestrian', 'person')",
          exit: "thw_s > 4 or nearest_in_path_m > 60", min_s: 3, gap_s: 1, agg: { min_thw: "min(thw_s)", min_gap: "min(nearest_in_path_m)" },
          text: "Within 50 m and 3 s of what is ahead (Vicomtech, AVEAS)" },
        { id: "tailgating", version: "1", type: "tailgating", layer: "objects", enter: "thw_s < 0.9 and speed_mps > 8", exit: "thw_s > 1.2", min_s: 1, gap_s: 1,
          agg: { min_thw: "min(thw_s)" }, text: "Close approach: a time headway below 0.9 s" },
        { id: "low_ttc", version: "1", type: "low_ttc", layer: "objects", enter: "ttc_s < 1.5", exit: "ttc_s > 3", min_s: 0.2, gap_s: 0.5,
          agg: { min_ttc: "min(ttc_s)" }, text: "Close approach: a time to collision below 1.5 s (Vicomtech near miss)" },
        { id: "near_miss", version: "1", type: "near_miss", layer: "objects", sequence: [ { rule: "low_ttc" } ], overlaps: ["hard_brake", "swerve"],
          text: "A low time to collision while it brakes hard or swerves" },
        { id: "cut_in", version: "1", type: "cut_in", layer: "objects", per: "track", span: "last.start..last.start",
          sequence: [ { enter: "vehicle and not in_path and abs(lateral_m) > 1.75 and ahead", min_s: 0.5 }, { enter: "vehicle and in_path and ahead", within_s: 1, min_s: 0.5 } ],
          extend_back: "abs(lateral_m) <= smax(abs(lateral_m), 0.8) - 0.375", extend_forward: "abs(smooth(rate(lateral_m), 0.4)) > 0.3",
          not_during: ["lane_change_left", "lane_change_right", "turn_left", "turn_right"],
          text: "Another comes into the path within 50 m ahead; it begins where it has come 0.375 m nearer (AD4CHE)" },
        { id: "cut_out", version: "1", type: "cut_out", layer: "objects", per: "track", span: "last.start..last.start",
          sequence: [ { enter: "vehicle and in_path and ahead", min_s: 0.5 }, { enter: "vehicle and not in_path and abs(lateral_m) > 1.75 and ahead", within_s: 1, min_s: 0.5 } ],
          extend_back: "abs(lateral_m) >= smin(abs(lateral_m), 0.8) + 0.375", extend_forward: "abs(smooth(rate(lateral_m), 0.4)) > 0.3",
          not_during: ["lane_change_left", "lane_change_right", "turn_left", "turn_right"], text: "As cut_in, out of the path" },
        { id: "overtake", version: "1", type: "overtake", layer: "objects", per: "track",
          sequence: [ { enter: "x_m > 5 and abs(lateral_m) < 6 and speed_mps > 5" }, { enter: "abs(x_m) <= 5 and abs(lateral_m) < 6", within_s: 30 },
            { enter: "x_m < -5 and abs(lateral_m) < 6", within_s: 30 } ], max_s: 60, text: "Another is ahead, beside, behind, within 30 s each" },
        { id: "pedestrian", version: "1", type: "pedestrian", layer: "objects", enter: "num_pedestrians >= 1", min_s: 0.5, gap_s: 1,
          agg: { most: "max(num_pedestrians)" }, actors: "class_group = 'pedestrian'", text: "One or more pedestrians are seen" },
        { id: "many_pedestrians", version: "1", type: "many_pedestrians", layer: "objects", enter: "num_pedestrians >= 5", min_s: 1, gap_s: 2,
          agg: { most: "max(num_pedestrians)" }, text: "Five or more pedestrians" },
        { id: "pedestrian_crossing", version: "1", type: "pedestrian_crossing", layer: "objects", per: "track",
          enter: "class_group = 'pedestrian' and x_m > 0 and x_m < 80 and abs(lateral_m) < 5.25 and abs(smooth(rate(lateral_m), 1)) > 0.6", min_s: 0.5, gap_s: 1,
          agg: { nearest_m: "min(dist_m)" }, text: "A pedestrian moves across by more than 0.6 m/s, within one and a half lanes of 3.5 m to a side" },
        { id: "cyclist", version: "1", type: "cyclist", layer: "objects", enter: "num_cyclists >= 1", min_s: 0.5, gap_s: 1,
          actors: "class_group = 'cyclist'", text: "One or more cyclists are seen" },
        { id: "many_vehicles", version: "1", type: "many_vehicles", layer: "objects", enter: "num_vehicles >= 10", exit: "num_vehicles < 8", min_s: 2, gap_s: 2,
          text: "Ten or more vehicles" },
        { id: "animal", version: "1", type: "animal", layer: "objects", enter: "any(objects, class_group = 'animal')", min_s: 0.2, gap_s: 1,
          actors: "class_group = 'animal'", text: "An animal is seen" },
        { id: "traffic_light", version: "1", type: "traffic_light", layer: "infrastructure", enter: "num_traffic_lights >= 1", min_s: 0.5, gap_s: 2, text: "A traffic light is seen" },
        { id: "traffic_sign", version: "1", type: "traffic_sign", layer: "infrastructure", enter: "num_traffic_signs >= 1", min_s: 0.3, gap_s: 1, text: "A traffic sign is seen" },
        { id: "traffic_jam", version: "1", type: "traffic_jam", layer: "temporary", enter: "speed_mps < 3 and nearest_in_path_m < 15 and nearest_in_path_class in ('car', 'truck', 'bus', 'van', 'vehicle')",
          exit: "speed_mps > 6 or nearest_in_path_m > 30", min_s: 10, gap_s: 5, text: "Standstill or crawl in traffic: below 3 m/s with a vehicle within 15 m ahead for 10 s" },
    """

  private static let places = """
        // ---- Places
        { id: "traffic_light_stop", version: "1", type: "traffic_light_stop", layer: "infrastructure", enter: "speed_mps < 0.3 and dist_to_signal_m < 40", exit: "speed_mps >= 0.8", min_s: 1, gap_s: 1,
          text: "A standstill within 40 m before a traffic light of the map" },
        { id: "stop_sign", version: "1", type: "stop_sign", layer: "infrastructure", enter: "speed_mps < 0.3 and dist_to_stop_m < 15", exit: "speed_mps >= 0.8", min_s: 0.3, gap_s: 1,
          text: "At rest within 15 m before a stop sign of the map" },
        { id: "crosswalk", version: "1", type: "crosswalk", layer: "infrastructure", enter: "dist_to_crossing_m < 10 and speed_mps > 0.5", min_s: 0.2, gap_s: 1, text: "A crossing of the map within 10 m ahead" },
        { id: "intersection", version: "1", type: "intersection", layer: "infrastructure", enter: "intersection = true", min_s: 0.1, gap_s: 1, text: "Within 5 m of an intersection of the map (RefAV)" },
        { id: "roundabout", version: "1", type: "roundabout", layer: "infrastructure", enter: "junction in ('roundabout', 'circular')", min_s: 0.5, gap_s: 2, text: "A roundabout of the map" },
        { id: "tunnel", version: "1", type: "tunnel", layer: "road", enter: "tunnel = true", min_s: 1, gap_s: 2, text: "A tunnel of the map" },
        { id: "bridge", version: "1", type: "bridge", layer: "road", enter: "bridge = true", min_s: 1, gap_s: 2, text: "A bridge of the map" },
        { id: "motorway", version: "1", type: "motorway", layer: "road", enter: "road_class in ('motorway', 'motorway_link')", min_s: 5, gap_s: 10, text: "A motorway of the map" },
        { id: "speeding", version: "1", type: "speeding", layer: "ego", enter: "speed_over_limit_mps > 2.8", exit: "speed_over_limit_mps < 1.4", min_s: 3, gap_s: 2,
          agg: { most: "max(speed_over_limit_mps)" }, text: "10 km/h over the limit of the map" },
        { id: "blocked_road", version: "1", type: "blocked_road", layer: "temporary",
          sequence: [ { enter: "speed_mps < 0.3 and coalesce(dist_to_signal_m > 40, true) and coalesce(dist_to_stop_m > 40, true)", exit: "speed_mps >= 0.8", gap_s: 1, min_s: 30 },
            { any: [ { rule: "u_turn" }, { rule: "reverse" } ], within_s: 20 } ], text: "At rest for 30 s away from lights and stop signs, then turning round or back within 20 s" },
    """

  private static let surroundings = """
        // ---- Surroundings and data
        { id: "rain", version: "1", type: "rain", layer: "environment", enter: "condition in ('rain', 'drizzle', 'freezing_rain', 'thunderstorm') or precip_mm_h >= 0.2 and temp_c > 1", min_s: 60, gap_s: 300,
          keep_truncated: true, text: "Rain by the weather's condition, or 0.2 mm/h above 1 degree" },
        { id: "snow", version: "1", type: "snow", layer: "environment", enter: "condition in ('snow', 'sleet')", min_s: 60, gap_s: 300, keep_truncated: true, text: "Snow by the weather's condition" },
        { id: "fog", version: "1", type: "fog", layer: "environment", enter: "condition in ('fog', 'freezing_fog') or visibility_m < 1000", min_s: 60, gap_s: 300, keep_truncated: true, text: "Fog: visibility below 1 km (WMO)" },
        { id: "night", version: "1", type: "night", layer: "environment", enter: "light in ('night', 'astronomical_twilight', 'nautical_twilight')", min_s: 60, gap_s: 300, keep_truncated: true, text: "The sun is 6 degrees or more below the horizon" },
        { id: "dusk", version: "1", type: "dusk", layer: "environment", enter: "light = 'civil_twilight'", min_s: 60, gap_s: 300, keep_truncated: true, text: "Civil twilight, evening or morning" },
        { id: "low_sun", version: "1", type: "low_sun", layer: "environment", enter: "low_sun_glare = true", min_s: 1, gap_s: 5, text: "Glare: the sun is below 15 degrees and within 30 degrees of ahead" },
        { id: "gnss_loss", version: "1", type: "gnss_loss", layer: "digital", enter: "gnss_ok = false", min_s: 1, gap_s: 2, text: "The receiver has no good fix" },
        { id: "sensor_gap", version: "1", type: "sensor_gap", layer: "digital", enter: "n_present < n_expected", min_s: 0.5, gap_s: 1,
          agg: { fewest: "min(n_present)", expected: "max(n_expected)" }, text: "A stream that samples should have is missing for half a second" },
        { id: "clock_jump", version: "1", type: "clock_jump", layer: "digital", enter: "interval_s > 2", text: "Two seconds or more without a row" },
    """
}
