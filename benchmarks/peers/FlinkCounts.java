// One Flink SQL job in a local mini cluster: folder of JSON lines -> hopping five-minute counts per county -> CSV files; with a raw folder
// the events go there as they are too. Arguments: input folder, output folder, checkpoint folder, slide in seconds, raw folder or "-".
// Prints {"seconds", "cpu_seconds", "peak_mib"} of the job, the start of the virtual machine not counted.
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.StatementSet;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

public class FlinkCounts {
    private static final String RAW_COLUMNS =
        "`Waterbody Name`, `Fish Species Present at Waterbody`, `Comments`, `Special Regulations on Waterbody`, "
        + "`Types of Public Access`, `Public Fishing Access Owner`, `Waterbody Information`, `Longitude`, `Latitude`, `Location`";

    private static StreamTableEnvironment environment(String checkpoints) {
        Configuration settings = Configuration.fromMap(Map.of(
            "execution.runtime-mode", "STREAMING",
            "parallelism.default", "2",
            "taskmanager.numberOfTaskSlots", "2",
            "taskmanager.memory.managed.size", "1gb",
            "state.backend.type", "rocksdb",
            "execution.checkpointing.interval", "5 s",
            "execution.checkpointing.mode", "EXACTLY_ONCE",
            "execution.checkpointing.incremental", "true",
            "execution.checkpointing.dir", "file://" + checkpoints,
            "pipeline.object-reuse", "true"));
        StreamTableEnvironment tables =
            StreamTableEnvironment.create(StreamExecutionEnvironment.getExecutionEnvironment(settings));
        tables.getConfig().set("table.local-time-zone", "UTC");
        return tables;
    }

    private static String files(String folder, String format) {
        return " WITH ('connector' = 'filesystem', 'path' = 'file://" + folder + "', 'format' = '" + format + "')";
    }

    private static long cpuNanoseconds() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    private static double peakMebibytes() throws Exception {
        return Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith("VmHWM:"))
            .mapToDouble(line -> Double.parseDouble(line.split("\\s+")[1]) / 1024).findFirst().orElse(0);
    }

    public static void main(String[] arguments) throws Exception {
        String input = arguments[0], output = arguments[1], checkpoints = arguments[2], slide = arguments[3], raw = arguments[4];
        boolean keepsRaw = !raw.equals("-");
        String rawTypes = keepsRaw ? ", " + RAW_COLUMNS.replace("`,", "` STRING,") + " STRING" : "";
        StreamTableEnvironment tables = environment(checkpoints);
        tables.executeSql("CREATE TABLE events (event_id STRING, ts BIGINT, County STRING" + rawTypes
            + ", event_time AS TO_TIMESTAMP_LTZ(ts, 3), WATERMARK FOR event_time AS event_time - INTERVAL '1' SECOND)" + files(input, "json"));
        tables.executeSql("CREATE TABLE counts (start_ms BIGINT, County STRING, n BIGINT)" + files(output, "csv"));
        StatementSet statements = tables.createStatementSet();
        statements.addInsertSql("INSERT INTO counts SELECT UNIX_TIMESTAMP(CAST(window_start AS STRING)) * 1000, County, COUNT(*)"
            + " FROM TABLE(HOP(TABLE events, DESCRIPTOR(event_time), INTERVAL '" + slide + "' SECOND, INTERVAL '5' MINUTE))"
            + " GROUP BY window_start, window_end, County");
        if (keepsRaw) {
            tables.executeSql("CREATE TABLE raw_events (event_id STRING, ts BIGINT, County STRING" + rawTypes + ")" + files(raw, "json"));
            statements.addInsertSql("INSERT INTO raw_events SELECT event_id, ts, County, " + RAW_COLUMNS + " FROM events");
        }
        long begin = System.nanoTime(), cpu = cpuNanoseconds();
        statements.execute().await();
        System.out.printf(Locale.ROOT, "{\"seconds\": %.3f, \"cpu_seconds\": %.2f, \"peak_mib\": %.1f}%n",
            (System.nanoTime() - begin) / 1e9, (cpuNanoseconds() - cpu) / 1e9, peakMebibytes());
        System.exit(0);
    }
}
